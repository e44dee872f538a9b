-- What a client chose of how its names and paths answer. Each step gets the site's record (agent/engines/rules.py writes it), and
-- ends the request or lets it pass. A step may run more than once for a request: nginx comes back for an index page or a program's
-- front controller. So it goes by where the visitor went, not by what nginx looks at.
local access = require "access"
local leaving = require "leaving"
local pages = require "pages"
local records = require "records"
local visited = require "visited"

local rules = { networks = access.networks, passwords = access.passwords }
local PASS = "essaim_pass"

local function redirect(record, to, status)
    leaving.hsts(record)
    return ngx.redirect(to, status)
end

-- See records.lua.
function rules.readable(record)
    if record.unreadable then
        return pages.show("silent", { status = 503, retry_s = 30 })
    end
end

-- A name that leads elsewhere and has no content.
function rules.elsewhere(record)
    local to = record.elsewhere
    if not to then
        return
    end
    local address = to.target
    if to.keep then
        local asked = ngx.var.request_uri
        address = address .. (asked:sub(1, 1) == "/" and asked or visited.escaped(visited.path()))
    end
    return redirect(record, address, to.status)
end

-- One name is the site's own, and the others lead to it. A name under a wildcard answers for itself.
function rules.canonical(record)
    local name = record.canonical
    if not name or ngx.var.host == name or ngx.var.site:sub(1, 2) == "_." then
        return
    end
    local method = ngx.req.get_method()
    local status = (method == "GET" or method == "HEAD") and 301 or 308
    local asked = ngx.var.request_uri
    if asked:sub(1, 1) ~= "/" then
        asked = visited.escaped(visited.path())
    end
    return redirect(record, ngx.var.scheme .. "://" .. name .. asked, status)
end

local function passes(maintenance)
    if maintenance.networks and access.is_within(ngx.var.binary_remote_addr, maintenance.networks) then
        return true
    end
    local key = maintenance.key
    if not key then
        return false
    end
    if ngx.var["cookie_" .. PASS] == key then
        return true
    end
    if ngx.var["arg_" .. PASS] == key then
        local secure = ngx.var.scheme == "https" and "; Secure" or ""
        ngx.header["Set-Cookie"] = PASS .. "=" .. key .. "; Path=/; HttpOnly; SameSite=Lax" .. secure
        ngx.header["Cache-Control"] = "no-store"
        return ngx.redirect(visited.escaped(visited.path()), 302)
    end
    return false
end

function rules.maintenance(record)
    local maintenance = record.maintenance
    if not maintenance or passes(maintenance) then
        return
    end
    local left = (maintenance["until"] or 0) - ngx.time()
    return pages.show("maintenance", {
        status = 503,
        retry_s = left > 0 and math.max(60, math.min(left, 86400)) or 600,
        sentence = maintenance.sentence,
        back = left > 0 and maintenance.back or nil,
    })
end

-- What follows the folder of a redirect, or nil: the visitor is elsewhere.
local function rest_of(path, rule)
    local from = rule.from
    if not rule.below then
        return (path == from or path == from .. "/") and "" or nil
    end
    if path == from then
        return ""
    end
    return path:sub(1, #from + 1) == from .. "/" and path:sub(#from + 2) or nil
end

function rules.redirects(record)
    local list = record.redirects
    if not list then
        return
    end
    local path = visited.path()
    for at = 1, #list do
        local rule = list[at]
        local rest = rest_of(path, rule)
        if rest then
            if rule.status == 410 then
                return pages.show("gone", { status = 410 })
            end
            local to = rule.to
            if to:sub(-1) == "*" then
                to = to:sub(1, -2) .. visited.escaped(rest)
            end
            to = to:gsub("^/+", "/")  -- never the beginning of another host
            local query = ngx.var.args
            if rule.query and query and query ~= "" then
                to = to .. (to:find("?", 1, true) and "&" or "?") .. query
            end
            return redirect(record, to, rule.status)
        end
    end
end

-- What is shown where there is no file: see @chosen.
function rules.absent()
    local site = ngx.var.site
    local record = records.of(site)
    if not (record and record.absent) then
        record = records.anew(site) -- what is remembered is of the second before the client chose
    end
    local file = record and record.absent
    if not file or file == "none" or ngx.var.uri == file then
        return ngx.exit(404)
    end
    return ngx.exec(file, ngx.var.args)
end

-- Last: what leaves the site gets headers of its client's. That costs a look at each answer, so there are places with it and without.
function rules.leaving(record)
    if not record.leaving then
        return
    end
    local uri = ngx.var.uri
    local is_script = (uri:find("[^/]%.php$") or uri:find("[^/]%.php/")) and not uri:find("\n", 1, true)
    return ngx.exec(is_script and "@headed_php" or "@headed")
end

return rules
