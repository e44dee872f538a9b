-- Token buckets in memory that all workers share. A bucket is one number: the moment at which it will be full again.
-- A worker takes a handful of tokens at once and spends them by itself, so that a visitor who asks for much costs a look at
-- shared memory (4 us in interpreted Lua) for one request in many.
local generations = require "generations"

local dict = ngx.shared.buckets

local HANDFUL_OF_BURST = 1 / 64  -- so who spends all that a bucket holds is refused at most so much early, for each worker but one
local HANDFUL = 32
local HANDS = 4096  -- of this worker: some 250 bytes each; where more come at once, what the quiet ones had in hand is lost to them
local hands = generations.new(HANDS)

-- What this worker has in hand for `who`: tokens, by kind of bucket.
local function hand_of(who)
    local hand = hands:get(who)
    if not hand then
        hand = {}
        hands:set(who, hand)
    end
    return hand
end

local buckets = {}

-- Take `count` tokens of a bucket; false: it has fewer. Two workers that take in the same instant may take the same tokens.
local function take_shared(key, count, rate, burst)
    local now = ngx.now()
    local full = dict:get(key)
    if not full or full < now then
        full = now
    end
    full = full + count / rate
    if full - now > burst / rate then
        return false
    end
    dict:set(key, full, burst / rate + 1)
    return true
end

-- Take one token of the bucket of `who`, of a kind (a letter), which fills with `rate` a second and holds `burst`; false: it is empty.
function buckets.take(who, kind, rate, burst)
    local hand = hand_of(who)
    local left = hand[kind]
    if left and left > 0 then
        hand[kind] = left - 1
        return true
    end
    local count = math.min(HANDFUL, math.floor(burst * HANDFUL_OF_BURST))
    if count > 1 and take_shared(kind .. who, count, rate, burst) then
        hand[kind] = count - 1
        return true
    end
    return take_shared(kind .. who, 1, rate, burst)
end

return buckets
