<?php
// The platform's proof: answered by the account's own PHP, so by the account's own user.
// Read-only, takes one public nonce, tells nothing but a digest of who runs it and in which version.
header('Content-Type: text/plain; charset=utf-8');
header('Cache-Control: no-store');
$nonce = $_GET['nonce'] ?? '';
if (!is_string($nonce) || !preg_match('/^[A-Za-z0-9_-]{1,64}$/D', $nonce)) {
    http_response_code(400);
    exit("A nonce of 1 to 64 letters, digits, - or _ is missing.\n");
}
$user = posix_getpwuid(posix_geteuid());
$version = PHP_MAJOR_VERSION . '.' . PHP_MINOR_VERSION;
echo hash('sha256', ($user ? $user['name'] : '?') . ':' . $version . ':' . $nonce), "\n";
