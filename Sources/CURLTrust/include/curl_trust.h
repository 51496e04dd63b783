#ifndef CURL_TRUST_H
#define CURL_TRUST_H

/// This is added to a status of 301 to 399, and to 401, before URLSession sees it, because URLSession would act on
/// those by itself.
enum { CURL_TRUST_DISGUISE = 500 };

/// The result of curl_trust_install().
enum curl_trust_result {
    /// This library stands between URLSession and libcurl, and the bundle is trusted.
    CURL_TRUST_INSTALLED = 0,
    /// URLSession does not call this library: the executable does not export its functions, see Package.swift.
    CURL_TRUST_NOT_HOOKED = 1,
    /// The path is too long.
    CURL_TRUST_PATH_TOO_LONG = 2,
};

/// Checks that URLSession reaches libcurl through this library only, and sets the CA bundle. Call it before the first
/// URLSession exists.
///
/// `bundle` is the path of a PEM file with CA certificates, or NULL for the system's. From then on, every libcurl
/// handle of this process, and so every URLSession, trusts these certificates instead of the system's. libcurl reads
/// the file again within a minute, so a bundle that is replaced in place takes effect.
enum curl_trust_result curl_trust_install(const char *bundle);

#endif
