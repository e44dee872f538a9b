-- What a site itself wants of its visitors, beyond files and PHP, before either is looked at. Called by nginx-site.conf for each request
-- of a client's files; most sites have no record, and pay for one look.
local balancer = require "ngx.balancer"
local limits = require "limits"
local records = require "records"
local rules = require "rules"
local shield = require "shield"

local APACHES = "/run/essaim/apache/"
local LONGEST_WAKING_S = 15
local PAUSE_S = 0.004
local KNOCK_EVERY_S = 0.5

local front = {}

-- Whether somebody listens at this socket, or did: it cannot be opened as a file, but is there. Asking costs a microsecond and no line in the log.
local function is_there(socket)
    local _, wrong = io.open(socket)
    return not (wrong and wrong:find("No such file", 1, true))
end

-- In order; each gets the record and the site's name, and ends the request or lets it pass.
local steps = {}

function steps.engine(record)
    if not record.engine then
        return
    end
    ngx.var.behind_at = record.leaving and "@behind_headed" or "@behind"  -- with headers of its client's, or as they are
    if record.engine == "apache" then
        local scheme = ngx.var.scheme
        local socket = APACHES .. record.account .. "/" .. scheme
        ngx.var.behind = "unix:" .. socket
        ngx.var.behind_scheme = scheme
        return ngx.exec(is_there(socket) and ngx.var.behind_at or "@asleep")
    end
    ngx.var.behind = "unix:" .. ngx.var.site .. "/engine"  -- from nginx' working directory (see nginx.conf)
    return ngx.exec(ngx.var.behind_at)
end

-- How much may be asked for. nginx comes here a second time where it answers with another file than the one that was asked for: the first
-- time counts, and of what PHP answers the time at which that is known.
function steps.limits(record, site, is_php)
    local times, visitor = record.limits or 1, ngx.var.visitor
    if not ngx.req.is_internal() then
        if record.limits then
            limits.own(site, times, visitor)
        end
        if record.shield then
            shield.visit(record.shield, site, times)
        end
    end
    if is_php then
        limits.php(site, times, visitor)
        if record.shield then
            shield.php(record.shield, site, times)
        end
    end
end

-- Each with the part of the record that it is about; none: with every record.
local ORDER = {
    { rules.readable }, { steps.limits }, { rules.maintenance, "maintenance" }, { rules.elsewhere, "elsewhere" }, { rules.canonical, "canonical" },
    { rules.networks, "allowed" }, { rules.redirects, "redirects" }, { rules.passwords, "protected" }, { steps.engine, "engine" },
    { rules.leaving, "leaving" },
}

-- The steps that this record has something for, worked out when it is first asked for.
local function steps_of(record)
    local chosen = {}
    for _, step in ipairs(ORDER) do
        if not step[2] or record[step[2]] then
            chosen[#chosen + 1] = step[1]
        end
    end
    record.steps = chosen
    return chosen
end

-- `is_php`: a script is to answer, and it is there. Each look at a variable costs a microsecond in interpreted Lua, so nginx' own places say it.
function front.visit(is_php)
    local site = ngx.var.site
    local record = records.of(site)
    if not record then
        if is_php then
            limits.php(site, 1, ngx.var.visitor)
        end
        return
    end
    local chosen = record.steps or steps_of(record)
    for at = 1, #chosen do
        chosen[at](record, site, is_php)
    end
end

-- Where nginx found no file of a site that an engine answers. What is remembered of a hot site may be of the second before it got that engine:
-- then neither nginx, which has just been told that this is not its business, nor the engine would answer.
function front.behind()
    local site = ngx.var.site
    local record = records.of(site)
    if not (record and record.engine) then
        records.anew(site)
    end
    return front.visit(false)
end

-- The platform's door to the engine.
function front.ask_engine()
    local record = records.of(ngx.var.site)
    if record then
        steps.engine(record)
    end
end

-- A script that is not there: no PHP runs for it.
function front.missing()
    front.visit(false)
    return ngx.exit(404)
end

function front.balance()
    local agreed, wrong = balancer.set_current_peer(ngx.var.behind)
    if not agreed then
        ngx.log(ngx.ERR, "no engine of ", ngx.var.site, ": ", wrong)
        return ngx.exit(502)
    end
end

local function answers(address)
    if not is_there(address:sub(#"unix:" + 1)) then
        return false
    end
    local door = ngx.socket.tcp()
    local opened = door:connect(address)
    if opened then
        door:close()
    end
    return opened
end

-- Knocks where systemd listens for the engine; nil: there is no such place.
local function knock()
    local door = ngx.socket.tcp()
    local _, wrong = door:connect("unix:" .. ngx.var.site .. "/engine")
    if wrong and wrong:lower():find("no such file", 1, true) then
        return nil
    end
    return door
end

-- Whether the site's client has chosen another engine than the one that was asked, in the second for which nginx remembers.
local function has_moved(engine)
    local record = records.anew(ngx.var.site)
    return not record or record.engine ~= engine
end

-- Nobody listened there. Apache may sleep: a knock at the site's `engine` starts it, and the visitor waits until it listens. Knocks that
-- come while it stops are lost, so they are repeated. What was sent already is not sent twice, unless asking twice is as good as once.
function front.wake()
    local is_apache = ngx.var.behind:find(APACHES, 1, true)
    local asked_once = (ngx.var.upstream_connect_time or ""):find("%d") and ngx.var.request_method ~= "GET"
    if ngx.var.woken ~= "" or asked_once then
        return ngx.exit(502)
    end
    if has_moved(is_apache and "apache" or "program") then
        return ngx.exec(ngx.var.visited, ngx.var.args)
    end
    if not is_apache then
        return ngx.exit(502)  -- systemd holds the socket of a program: it was asked, and failed
    end
    ngx.var.woken = "yes"
    local until_s, knocked_at, at_door = ngx.now() + LONGEST_WAKING_S, 0, nil
    repeat
        if answers(ngx.var.behind) then
            return ngx.exec(ngx.var.behind_at)
        end
        if ngx.now() - knocked_at > KNOCK_EVERY_S then
            at_door, knocked_at = knock(), ngx.now()
            if not at_door then
                return ngx.exit(502)
            end
        end
        ngx.sleep(PAUSE_S)
    until ngx.now() > until_s
    return ngx.exit(504)
end

return front
