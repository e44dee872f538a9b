-- How much one visitor and all visitors of a site may ask for, beyond what nginx counts itself (nginx-limits.conf): PHP of every site,
-- and all requests of a site with limits of its own, which are so many times the usual ones.
local buckets = require "buckets"
local counts = require "counts"
local pages = require "pages"

-- A second, and at once.
local VISITOR, SITE = { 200, 5000 }, { 2000, 20000 }
local PHP_VISITOR, PHP_SITE = { 25, 1000 }, { 300, 3000 }

local limits = {}

-- Take one token, or end the request with 429.
function limits.take(who, kind, limit, times)
    if not buckets.take(who, kind, limit[1] * times, limit[2] * times) then
        return ngx.exit(429)
    end
end

-- A request that a site with limits of its own was asked for.
function limits.own(site, times, visitor)
    limits.take(visitor .. site, "v", VISITOR, times)
    limits.take(site, "s", SITE, times)
end

-- A request that PHP is to answer.
function limits.php(site, times, visitor)
    limits.take(visitor .. site, "p", PHP_VISITOR, times)
    limits.take(site, "q", PHP_SITE, times)
end

-- What a visitor is told who asked for too much.
function limits.answer()
    counts.add("limited", ngx.var.site)
    return pages.show("limited", { status = 429, retry_s = 5, line = "Too many requests at once. Try again in a few seconds." })
end

return limits
