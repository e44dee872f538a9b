-- How many requests were limited or held back, by name of the site, and of about how many networks. Sums since nginx started, written
-- for the agent into one file while they move. Of an address nothing is kept but whether its network was counted within the hour.
local cjson = require "cjson.safe"

local FILE = "/run/essaim/defence/counts.json"
local EVERY_S = 10
local NETWORK_S = 3600
local MOST_SITES = 1000

local sums, networks, keys = ngx.shared.counts, ngx.shared.networks, ngx.shared.keys
local counts = {}

-- The network of an address in its binary form: the first 24 bits of IPv4, 48 of IPv6.
function counts.network(address)
    return address:sub(1, #address == 4 and 3 or 6)
end

-- Names of sites come from visitors: only that of one that is here is kept.
local function is_here(site)
    local file = io.open("/srv/essaim/sites/" .. site .. "/proof")
    return file and file:close()
end

-- One more request of this visitor for `site` was `what`: "limited" or "held".
function counts.add(what, site)
    if not sums:incr(what .. " " .. site, 1) then
        if not is_here(site) then
            return
        end
        sums:incr(what .. " " .. site, 1, 0)
    end
    if networks:add(site .. " " .. counts.network(ngx.var.binary_remote_addr), true, NETWORK_S) then
        sums:incr("networks " .. site, 1, 0)
    end
    keys:incr("moved", 1, 0)
end

local function written()
    local sites, found = {}, 0
    for _, key in ipairs(sums:get_keys(3 * MOST_SITES)) do
        local what, site = key:match("^(%a+) (.+)$")
        if not sites[site] then
            found = found + 1
            sites[site] = { limited = 0, held = 0, networks = 0 }
        end
        sites[site][what] = sums:get(key) or 0
    end
    if found == 0 then
        return nil
    end
    return cjson.encode({ started = keys:get("started"), at = ngx.now(), sites = sites })
end

local told = 0

local function tell(is_ending)
    local moved = keys:get("moved") or 0
    if is_ending or moved == told then
        return
    end
    local text = written()
    local file, wrong = io.open(FILE .. ".new", "w")
    if not file then
        ngx.log(ngx.ERR, "counts cannot be told: ", wrong)
        return
    end
    local done = file:write(text or "") and file:close()
    if done and os.rename(FILE .. ".new", FILE) then
        told = moved
    end
end

-- In one worker, whichever has the number nought: every few seconds, if there is something new.
function counts.go_on_telling()
    if ngx.worker.id() == 0 then
        local agreed, wrong = ngx.timer.every(EVERY_S, tell)
        if not agreed then
            ngx.log(ngx.ERR, "counts will not be told: ", wrong)
        end
    end
end

return counts
