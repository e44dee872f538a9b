-- Token buckets in memory that all workers share. A bucket is one number: the moment at which it will be full again.
local dict = ngx.shared.buckets

local buckets = {}

-- Take one token of the bucket `key`, which fills with `rate` a second and holds `burst`; false: it is empty.
-- Two workers that take in the same instant may take the same token.
function buckets.take(key, rate, burst)
    local now = ngx.now()
    local full = dict:get(key)
    if not full or full < now then
        full = now
    end
    full = full + 1 / rate
    if full - now > burst / rate then
        return false
    end
    dict:set(key, full, burst / rate + 1)
    return true
end

return buckets
