-- The shield of one site that is being flooded: raised and taken down by its people, in the site's record.
-- `calm`: each visitor gets much less than usual. `checked`: beside that, who comes first gets a small page that sets a cookie and leads
-- back. It works without JavaScript; who keeps no cookies gets no further, and costs a static answer.
local bit = require "bit"
local counts = require "counts"
local limits = require "limits"
local pages = require "pages"

local CALM, CALM_PHP = { 10, 200 }, { 2, 40 }
local COOKIE = "essaim_shield"
local HOUR_S = 3600
local DOOR = "/.well-known/essaim/shield"

-- Made where it is used, in memory alone: kept over a reload, another after a restart. Then visitors are looked at once more.
local function secret()
    local keys = ngx.shared.keys
    local source = assert(io.open("/dev/urandom", "rb"))
    keys:add("secret", source:read(32))
    keys:add("started", ngx.encode_base64(source:read(9)))
    source:close()
    return assert(keys:get("secret"))
end

local SECRET = secret()
local shield = {}

-- A cookie holds for one site, from one network, in this hour and the next.
local function mac(site, hour)
    local address = ngx.var.binary_remote_addr
    local network = address:sub(1, #address == 4 and 3 or 8)
    return ngx.encode_base64(ngx.hmac_sha1(SECRET, hour .. " " .. site .. " " .. network))
end

local function is_equal(one, other)
    if #one ~= #other then
        return false
    end
    local differs = 0
    for at = 1, #one do
        differs = bit.bor(differs, bit.bxor(one:byte(at), other:byte(at)))
    end
    return differs == 0
end

local function set_cookie(site, hour)
    local secure = ngx.var.https == "on" and "; Secure" or ""
    local value = hour .. "." .. mac(site, hour)
    ngx.header["Set-Cookie"] = COOKIE .. "=" .. value .. "; Path=/; Max-Age=" .. 2 * HOUR_S .. "; HttpOnly; SameSite=Lax" .. secure
end

local function this_hour()
    return math.floor(ngx.time() / HOUR_S)
end

-- The hour in which the visitor's cookie was given; nil: there is none that holds.
local function hour_of_cookie(site)
    local given, said = (ngx.var["cookie_" .. COOKIE] or ""):match("^(%d+)%.([%w+/=]+)$")
    local hour, now = tonumber(given), this_hour()
    if (hour == now or hour == now - 1) and is_equal(said, mac(site, hour)) then
        return hour
    end
end

local function is_left_out(record, method, path)
    for _, way in ipairs(record.except or {}) do
        if path:sub(1, #way.path) == way.path and (not way.methods or (" " .. way.methods .. " "):find(" " .. method .. " ", 1, true)) then
            return true
        end
    end
    return false
end

local function is_raised(record)
    return record and (not record["until"] or ngx.time() < record["until"])
end

-- Let pass, answer 429, or hold back. Asked once for each request, by the path that was asked for.
function shield.visit(record, site, times)
    if not is_raised(record) or is_left_out(record, ngx.req.get_method(), ngx.var.uri) then
        return
    end
    limits.take(ngx.var.visitor .. site, "c", CALM, times)
    if record.level ~= "checked" then
        return
    end
    local hour = hour_of_cookie(site)
    if not hour then
        return ngx.exec("@held")
    end
    if hour ~= this_hour() then
        set_cookie(site, this_hour())
    end
end

-- What PHP gets while a shield is raised, beside its usual limits.
function shield.php(record, site, times)
    if is_raised(record) and not is_left_out(record, ngx.req.get_method(), ngx.var.uri) then
        limits.take(ngx.var.visitor .. site, "d", CALM_PHP, times)
    end
end

-- Where a visitor may be led back to: a path of this site, never another one.
local function way_back(path)
    local is_path = path:match("^/[%w%-._~!$&'()*+,;=:@%%/?]*$") and not path:match("^//") and #path < 2000
    return is_path and path or "/"
end

-- What who is held back sees: the page gives the cookie and leads to the door.
function shield.answer()
    local site = ngx.var.site
    counts.add("held", site)
    set_cookie(site, this_hour())
    local back = ngx.req.get_method() == "GET" and ngx.var.request_uri or "/"
    return pages.show("held", {
        status = 503, retry_s = 120, leads = true, door = DOOR .. "?to=" .. ngx.escape_uri(back),
        line = "This site looks at its visitors first: come back with the cookie that this answer sets.",
    })
end

-- Who has the cookie goes on; who has none is told why, and is led round no more.
function shield.door()
    local site, back = ngx.var.site, way_back(ngx.unescape_uri(ngx.var.arg_to or ""))
    if hour_of_cookie(site) then
        ngx.header["Cache-Control"] = "no-store"
        return ngx.redirect(back, 303)
    end
    counts.add("held", site)
    set_cookie(site, this_hour())
    return pages.show("cookieless", {
        status = 503, retry_s = 120, door = DOOR .. "?to=" .. ngx.escape_uri(back),
        line = "This site asks for a cookie, and this request brought none.",
    })
end

return shield
