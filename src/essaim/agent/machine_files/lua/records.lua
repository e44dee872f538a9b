-- What a site has beyond files and PHP: /srv/essaim/sites/<name>/front.json, written by the agent, absent where there is nothing.
-- A site that is asked for many times a second is looked at once a second, as nginx does with hot files: every other visitor finds
-- what stands there now.
local cjson = require "cjson.safe"
local generations = require "generations"

local SITES = "/srv/essaim/sites/"
local HOT_USES = 10
local PAUSE_S = 1

local NO_RECORD = { [2] = true, [20] = true, [36] = true } -- ENOENT, ENOTDIR, ENAMETOOLONG
-- A record that cannot be read may be what keeps a folder closed: nothing of that site is shown until it can.
local UNREADABLE = { unreadable = true }

local hot = generations.new(4096)
local records = {}

local function read(site)
    local file, why, code = io.open(SITES .. site .. "/front.json")
    if not file then
        if NO_RECORD[code] then
            return nil
        end
        ngx.log(ngx.ERR, "front.json of ", site, " cannot be read: ", why)
        return UNREADABLE
    end
    local text = file:read("*a")
    file:close()
    local record, wrong = cjson.decode(text)
    if not record then
        ngx.log(ngx.ERR, "front.json of ", site, " is not JSON: ", wrong)
        return UNREADABLE
    end
    return record
end

-- The record of `site`; nil: it has none.
function records.of(site)
    local now = ngx.now()
    local known = hot:get(site)
    if known and now - known.asked < PAUSE_S then
        known.asked = now
        known.uses = known.uses + 1
        if known.uses >= HOT_USES and now - known.read_at < PAUSE_S then
            return known.record
        end
    elseif not known then
        known = { uses = 1 }
        hot:set(site, known)
    else
        known.uses = 1
    end
    known.record = read(site)
    known.read_at = now
    known.asked = now
    return known.record
end

-- The same, whatever is remembered.
function records.anew(site)
    hot:delete(site)
    return records.of(site)
end

return records
