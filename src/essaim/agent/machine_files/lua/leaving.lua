-- What a client wants said with each answer: headers, how long its files may be kept, and that HTTPS alone is to be used.
local records = require "records"

local leaving = {}

local KINDS = {
    css = "styles", js = "scripts", mjs = "scripts", wasm = "scripts",
    png = "images", jpg = "images", jpeg = "images", gif = "images", webp = "images", avif = "images", svg = "images", ico = "images",
    woff = "fonts", woff2 = "fonts", ttf = "fonts", otf = "fonts", eot = "fonts",
    mp3 = "media", mp4 = "media", webm = "media", ogg = "media", ogv = "media", m4a = "media", flac = "media", wav = "media",
    pdf = "documents", zip = "documents", odt = "documents", ods = "documents", docx = "documents", xlsx = "documents",
    html = "pages", htm = "pages",
}
local KEPT = { [200] = true, [206] = true, [304] = true }

-- HTTPS alone, for as long as the client said: only ever said over HTTPS (RFC 6797, section 7.2).
function leaving.hsts(record)
    local hsts = record.leaving and record.leaving.hsts
    if hsts and ngx.var.scheme == "https" then
        ngx.header["Strict-Transport-Security"] = hsts
    end
end

-- `of_files`: nginx itself answers with a file of the client's.
function leaving.filter(of_files)
    local record = records.of(ngx.var.site)
    local wanted = record and record.leaving
    if not wanted then
        return
    end
    leaving.hsts(record)
    if of_files and wanted.cache and KEPT[ngx.status] then
        local ending = ngx.var.uri:match("%.(%w+)$")
        local seconds = wanted.cache[ending and KINDS[ending:lower()] or ""]
        if seconds then
            ngx.header["Cache-Control"] = seconds == 0 and "no-cache" or "public, max-age=" .. seconds
        end
    end
    for at = 1, #(wanted.headers or {}) do
        local header = wanted.headers[at]
        ngx.header[header[1]] = header[2]
    end
end

return leaving
