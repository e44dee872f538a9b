-- Where a visitor goes, in every form that a program may read it: a rule about a path holds for each of them, so that nobody comes
-- to a protected folder by another spelling.
local visited = {}

local function decoded(raw)
    return (raw:gsub("%%(%x%x)", function(hex) return string.char(tonumber(hex, 16)) end))
end

-- `/folder/index.php/rest` is `/folder/rest` to a program that routes by what follows its script: the first one that is named, or
-- the last of several.
local SCRIPT = "/[^/]*%.php/"
local function add(list, path)
    path = path:lower():gsub("//+", "/")
    list[#list + 1] = path
    local first, last = path:find(SCRIPT)
    if not first then
        return
    end
    list[#list + 1] = path:sub(1, first) .. path:sub(last + 1)
    while first do
        path = path:sub(1, first) .. path:sub(last + 1)
        first, last = path:find(SCRIPT, first)
    end
    list[#list + 1] = path
end

-- The visitor's own path as nginx read it, before anything was looked for (see $visited in nginx.conf).
function visited.path()
    return ngx.var.visited
end

-- Every form, in lower case: as asked, as it was sent (a program reads that, too), and what nginx is about to serve.
function visited.forms()
    local list = {}
    local path, uri = ngx.var.visited, ngx.var.uri
    add(list, path)
    if uri ~= path then
        add(list, uri)
    end
    add(list, decoded((ngx.var.request_uri:gsub("[?#].*$", ""))))
    return list
end

-- Whether a form is `folder` or below it; the empty folder is all of the site. `folder` is in lower case.
function visited.is_below(forms, folder)
    if folder == "" then
        return true
    end
    for at = 1, #forms do
        local form = forms[at]
        if form == folder or form:sub(1, #folder + 1) == folder .. "/" then
            return true
        end
    end
    return false
end

-- `path` as it may stand in a Location: whatever could end the header or be taken for another host is encoded.
function visited.escaped(path)
    return (path:gsub("[^%w/%-._~!$&'()*+,;=:@]", function(byte) return string.format("%%%02X", byte:byte()) end))
end

return visited
