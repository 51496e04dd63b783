extension EnvironmentReader {
    /// How the puller proves who it is to a proxy: by client credentials or by a token file, not by both.
    mutating func fleetCredential() -> Credential? {
        guard let path = given(.bearerTokenFile) else {
            return clientCredentials().map(Credential.clientCredentials)
        }
        let others = [ConfigurationVariable.oidcProvider, .oidcTokenURL].filter { given($0) != nil }
        guard let other = others.first else { return tokenFile(path) }
        report(
            .bearerTokenFile,
            value: shownSecretPath(path),
            expected: "must not be set together with \(other.name)"
        )
        // What else is wrong is said now, too.
        _ = clientCredentials()
        return nil
    }

    /// A file that holds a bearer token now.
    mutating func tokenFile(_ path: String) -> Credential? {
        secretFile(path, for: .bearerTokenFile).map(Credential.tokenFile)
    }

    private mutating func clientCredentials() -> ClientCredentials? {
        let tokenURL = tokenURL()
        let scope = optional(.oidcScope) { $0.hasControlCharacters ? nil : $0 }
        let audience = optional(.oidcAudience) { $0.hasControlCharacters ? nil : $0 }
        let authentication: ClientCredentials.Authentication? = required(.oidcClientAuth, inAnyCase)
        let id = secret(.serviceAccountID, orFile: .serviceAccountIDFile)
        let secret = secret(.serviceAccountSecret, orFile: .serviceAccountSecretFile)
        guard let tokenURL, let authentication, let id, let secret else { return nil }
        return ClientCredentials(
            tokenURL: tokenURL,
            id: id,
            secret: secret,
            scope: scope,
            audience: audience,
            authentication: authentication,
            isWholeURL: given(.oidcTokenURL) != nil
        )
    }

    /// Where tokens come from: a whole URL, or one that is made of the provider's.
    private mutating func tokenURL() -> String? {
        let whole = optional(.oidcTokenURL, shown: BaseURL.shown) { text throws(Expected) in
            try BaseURL(text, isWhole: true).text
        }
        guard given(.oidcTokenURL) == nil || given(.oidcProvider) != nil else { return whole }
        let provider = required(.oidcProvider, shown: BaseURL.shown) { text throws(Expected) in
            try BaseURL(text).text
        }
        guard let given = given(.oidcTokenURL) else { return provider.map { $0 + "/token" } }
        if whole != nil {
            report(
                .oidcTokenURL,
                value: BaseURL.shown(given),
                expected: "must not be set together with \(ConfigurationVariable.oidcProvider.name)"
            )
        }
        return nil
    }

    private mutating func secret(
        _ variable: ConfigurationVariable,
        orFile fileVariable: ConfigurationVariable
    ) -> SecretSource? {
        switch (given(variable), given(fileVariable)) {
        case (_?, let path?):
            report(
                fileVariable,
                value: shownSecretPath(path),
                expected: "must not be set together with \(variable.name)"
            )
            return nil
        case (nil, let path?):
            return secretFile(path, for: fileVariable).map(SecretSource.file)
        case (_, nil):
            return required(variable, shown: { _ in redacted }) { text throws(Expected) in
                guard !text.hasControlCharacters else {
                    throw Expected(
                        "must not have a line break (an \"echo\" without -n adds one) or other "
                            + "control characters"
                    )
                }
                return text.trimmed.isEmpty ? nil : .value(Secret(text))
            }
        }
    }

    /// The path of a file that holds a secret now; `check` throws what is wrong with its text.
    mutating func secretFile(
        _ path: String,
        for variable: ConfigurationVariable,
        _ check: (String) throws(Expected) -> Void
    ) -> String? {
        contents(of: path, for: variable, shown: shownSecretPath(path)) { text throws(Expected) in
            try check(text)
            return path
        }
    }

    /// The path of a file that holds a secret now, in one line; white space around it does not count.
    private mutating func secretFile(_ path: String, for variable: ConfigurationVariable) -> String? {
        secretFile(path, for: variable) { text throws(Expected) in
            let secret = text.trimmed
            guard !secret.isEmpty else { throw Expected("must name a file that is not empty") }
            guard !secret.hasControlCharacters else {
                throw Expected("must name a file with one line and no control characters")
            }
            guard variable != .bearerTokenFile || secret.isBearerToken else {
                throw Expected("must name a file with one token, of printable ASCII characters")
            }
        }
    }

    /// A secret that was put where its file is asked for must not end up in the log.
    private func shownSecretPath(_ path: String) -> String {
        path.hasPrefix("/") || path.hasPrefix("./") || path.hasPrefix("../") ? path : redacted
    }
}
