<?php
// What the account's own PHP says of itself, for the agent that asks its socket: no address leads here.
// Settings of the site hold by the directory of its scripts, which this one is not in, so they are read where PHP reads them.
header('Content-Type: application/json');
header('Cache-Control: no-store');
$site = (string) ($_SERVER['ESSAIM_SITE'] ?? '');
if (!preg_match('/^[a-z0-9][a-z0-9.-]{0,252}$/D', $site)) {
    http_response_code(400);
    exit;
}
$own = @parse_ini_file("/run/essaim/settings/$site.ini", true);
$own = $own["PATH=/srv/home/sites/$site"] ?? array();
$folder = @parse_ini_file($_SERVER['DOCUMENT_ROOT'] . '/' . ini_get('user_ini.filename'));
$settings = array();
foreach (ini_get_all() as $name => $told) {
    // .user.ini sets what is the directory's or the script's to set, but nothing that the site's own settings name.
    $value = $told['local_value'];
    $fixed = ($told['access'] & INI_USER) && ini_is_fixed($name);
    if (isset($folder[$name]) && is_scalar($folder[$name]) && ($told['access'] & (INI_USER | INI_PERDIR)) && !$fixed) {
        $value = $folder[$name];
    }
    $value = isset($own[$name]) ? $own[$name] : $value;
    if (preg_match('/pass|pw$|secret|private|token/i', $name) && (string) $value !== '') {
        $value = '***';
    }
    $by_script = ($told['access'] & INI_USER) && !$fixed && !isset($own[$name]);
    $settings[] = array($name, (string) $value, (string) $told['local_value'], $by_script);
}
$extensions = array();
foreach (get_loaded_extensions() as $name) {
    $extensions[$name] = (string) phpversion($name);
}
foreach (get_loaded_extensions(true) as $name) {
    $extensions[$name] = (string) phpversion($name);
}
$files = array_map('trim', explode(',', (string) php_ini_loaded_file() . ',' . (string) php_ini_scanned_files()));
echo json_encode(
    array(
        'version' => PHP_VERSION,
        'sapi' => PHP_SAPI,
        'system' => php_uname('s') . ' ' . php_uname('m'),
        'ini_files' => array_values(array_filter($files)),
        'extensions' => $extensions,
        'settings' => $settings,
    ),
    JSON_UNESCAPED_SLASHES | JSON_PARTIAL_OUTPUT_ON_ERROR | JSON_INVALID_UTF8_SUBSTITUTE
);

/** Whether the pool has set it for good: then its present value cannot be changed even to itself. */
function ini_is_fixed(string $name): bool
{
    return @ini_set($name, (string) ini_get($name)) === false;
}
