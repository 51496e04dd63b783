#ifndef CURL_TRUST_H
#define CURL_TRUST_H

/// What came of curl_trust_use_bundle().
enum curl_trust_result {
    /// Every connection made from now on trusts the bundle, and nothing else.
    CURL_TRUST_INSTALLED = 0,
    /// URLSession does not reach this library's hook: the executable does not export curl_easy_init.
    CURL_TRUST_NOT_HOOKED = 1,
    /// The path is too long to keep.
    CURL_TRUST_PATH_TOO_LONG = 2,
};

/// Makes every libcurl handle of this process, and so every URLSession, trust the CA certificates in the PEM
/// file at `path` instead of the system's. Call it before the first URLSession exists.
///
/// libcurl reads the file again within a minute, so a bundle that is replaced in place takes effect.
enum curl_trust_result curl_trust_use_bundle(const char *path);

#endif
