-- What a worker remembers, of bounded size: the young, and the old, who go when the young have grown up. Who is asked for stays young.
-- A look costs one step of a table; the least recently used of lua-resty-lrucache costs ten in interpreted Lua.
local generations = {}
generations.__index = generations

-- Room for `most` at the most, at least two.
function generations.new(most)
    return setmetatable({ most = math.max(1, math.floor(most / 2)), count = 0, young = {}, old = {} }, generations)
end

function generations:get(key)
    local value = self.young[key]
    if value == nil then
        value = self.old[key]
        if value ~= nil then
            self:set(key, value)
        end
    end
    return value
end

function generations:set(key, value)
    if self.young[key] == nil then
        if self.count >= self.most then
            self.old, self.young, self.count = self.young, {}, 0
        end
        self.count = self.count + 1
    end
    self.young[key] = value
    self.old[key] = nil
end

function generations:delete(key)
    if self.young[key] ~= nil then
        self.young[key] = nil
        self.count = self.count - 1
    end
    self.old[key] = nil
end

return generations
