-- The platform's own pages, in the language of whoever reads them: what is the matter, and what to do. One template, no resource from
-- elsewhere. The house's name and colour come from /srv/essaim/house.json, which the agent writes.
local cjson = require "cjson.safe"
local words = require "words"

local TEMPLATE = "/usr/local/share/essaim/pages/page.html"
local HOUSE = "/srv/essaim/house.json"
local KEPT_S = 5

local pages = {}
local template
local house, house_read_at = {}, -KEPT_S

local function whole(path)
    local file = io.open(path)
    local text = file and file:read("*a")
    if file then
        file:close()
    end
    return text
end

local function the_house()
    if ngx.now() - house_read_at >= KEPT_S then
        house, house_read_at = cjson.decode(whole(HOUSE) or "{}") or {}, ngx.now()
    end
    return house
end

local ESCAPES = { ["&"] = "&amp;", ["<"] = "&lt;", [">"] = "&gt;", ['"'] = "&quot;" }
local function escaped(text)
    return (text:gsub('[&<>"]', ESCAPES))
end

-- The first of our languages in the order that the browser prefers (RFC 9110, section 12.5.4).
function pages.language(accepted, usual)
    local best, most = nil, 0
    for range in (accepted or ""):sub(1, 300):gmatch("[^,]+") do
        local tag = range:match("^%s*(%a+)")
        local quality = tonumber(range:match(";%s*q%s*=%s*([%d.]+)")) or 1
        if tag and words[tag:lower()] and quality > most then
            best, most = tag:lower(), quality
        end
    end
    return best or (words[usual or ""] and usual) or "fr"
end

local function paragraphs(lines)
    local made = {}
    for at = 1, #lines do
        made[at] = "<p>" .. lines[at] .. "</p>"
    end
    return table.concat(made, "\n")
end

local function filled(state, language, given)
    local own, said = the_house(), words[language][state]
    local lines = {}
    if given.sentence and given.sentence ~= "" then
        lines[1] = "<b>" .. escaped(given.sentence):gsub("\r?\n", "<br>") .. "</b>"
    end
    if given.back then
        lines[#lines + 1] = words[language].back(given.back)
    end
    for at = 1, #said.lines do
        lines[#lines + 1] = said.lines[at]
    end
    local onward = given.door and escaped(given.door) or ""
    if onward ~= "" then
        lines[#lines + 1] = '<a class="onward" href="' .. onward .. '">' .. said.onward .. "</a>"
    end
    local door = own.door or ""
    if said.owner then
        local area = words[language].area
        if door:match("^https?://[%w.:%[%]-]+$") then
            area = '<a href="' .. door .. '">' .. area .. "</a>"
        end
        lines[#lines + 1] = (said.owner:gsub("@area@", (area:gsub("%%", "%%%%"))))
    end
    local name = ngx.var.site
    local colour = own.colour or ""
    local fill = {
        language = language,
        title = said.title,
        name = name ~= "-" and name:sub(1, 2) ~= "_." and escaped(name) or (ngx.var.above ~= "-" and escaped(ngx.var.host) or ""),
        lines = paragraphs(lines),
        refresh = given.leads and '<meta http-equiv="refresh" content="1; url=' .. onward .. '">' or "",
        colour = colour:match("^#%x%x%x%x%x%x$") or "#d97706",
        foot = own.house and own.house ~= "" and words[language].hosted .. " <b>" .. escaped(own.house) .. "</b>" or "",
    }
    template = template or whole(TEMPLATE)
    return (template:gsub("@(%l+)@", fill))
end

-- Answers with the page of `state` and ends the request. `given`: status; retry_s, sentence (of a client), back (when it ends), door
-- (where to go on), leads (it goes there by itself), line (what a program gets that asks for no page: it costs less, too).
function pages.show(state, given)
    local said = words.fr[state]
    ngx.req.discard_body()
    ngx.status = given.status
    ngx.var.state = said.state or ""  -- for the log: the house answers in the site's place
    local header = ngx.header
    header["Cache-Control"] = "no-store"
    header["Vary"] = "Accept-Language"
    header["X-Essaim-State"] = said.state
    header["Retry-After"] = given.retry_s
    if given.line and not (ngx.var.http_accept or ""):find("text/html", 1, true) then
        header["Content-Type"] = "text/plain; charset=utf-8"
        ngx.print(given.line, "\n")
        return ngx.exit(given.status)
    end
    header["Content-Type"] = "text/html; charset=utf-8"
    ngx.print(filled(state, pages.language(ngx.var.http_accept_language, the_house().language), given))
    return ngx.exit(given.status)
end

return pages
