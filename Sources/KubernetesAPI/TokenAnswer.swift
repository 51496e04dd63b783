import Foundation
import PullerCore

// What a token service answers.
extension TokenIssuer {
    /// The token in an answer; also `expires_in`, which providers send as a number or as a numeric string, and
    /// fabric8-auth does not send.
    ///
    /// - Parameter url: Where it came from, as it may be shown.
    static func token(in response: HTTPResponse, from url: String) throws(Failure) -> IssuedToken {
        let status = response.head.status
        guard status == 200 else {
            throw Failure(
                .tokenUnavailable,
                "\(url) answered \(status)"
                    + (redirect(response) ?? advice(response) + response.saidAfterColon),
                retryAfter: response.head.retryAfter
            )
        }
        let grant: Grant
        do {
            grant = try JSONDecoder().decode(Grant.self, from: Data(response.body))
        } catch {
            throw Failure(
                .tokenUnavailable,
                "\(url) answered 200 without a usable access_token" + lack(response)
            )
        }
        guard grant.access_token.isBearerToken else {
            let what =
                grant.access_token.isEmpty ? "it is empty" : "it holds characters that no header can carry"
            throw Failure(.tokenUnavailable, "\(url) answered 200 without a usable access_token: \(what)")
        }
        if let type = grant.token_type?.text?.trimmed, !type.isEmpty, type.lowercased() != "bearer" {
            throw Failure(
                .tokenUnavailable,
                "\(url) answered with a token of the type \"\(response.shown(type))\": "
                    + "the puller can use bearer tokens only"
            )
        }
        let value = Secret(grant.access_token)
        guard let seconds = grant.expires_in?.seconds, seconds > 0 else {
            // Nothing usable was said: it is good until it is refused.
            return IssuedToken(value: value, renewAfter: nil, expiresAfter: nil)
        }
        let life = Duration.seconds(min(max(seconds, 10), 10 * 365 * 24 * 3600))
        return IssuedToken(value: value, renewAfter: life * 0.8, expiresAfter: life)
    }

    /// Where a redirect leads, and what to do about it; `nil` for any other answer.
    private static func redirect(_ response: HTTPResponse) -> String? {
        guard (300...399).contains(response.head.status) else { return nil }
        guard let target = response.redirectTarget else {
            return " without a Location: redirects are not followed"
        }
        return " and redirects to \(target): redirects are not followed; if that is the token service, "
            + "set OIDC_TOKEN_URL to that address"
            + (target.hasSuffix("/token") ? ", or OIDC_PROVIDER to it without its last /token" : "")
    }

    /// What is likely to help, by the status; empty when the answer itself says what is wrong.
    private static func advice(_ response: HTTPResponse) -> String {
        switch response.head.status {
        case 200..<300: " where 200 was expected"
        case 401 where response.said.isEmpty:
            ": SERVICE_ACCOUNT_ID or SERVICE_ACCOUNT_SECRET is wrong, perhaps"
        case 404, 405:
            " (is that the right address? OIDC_PROVIDER is what comes before /token, OIDC_TOKEN_URL all of it)"
        default: response.remedy
        }
    }

    /// What a 200 has instead of a usable token.
    private static func lack(_ response: HTTPResponse) -> String {
        guard let object = try? JSONSerialization.jsonObject(with: Data(response.body)) as? [String: Any]
        else {
            // A text may be a token, so only that of a page is shown.
            let page = response.isPage ? "; a login page or a gateway, perhaps" : ""
            return
                ": the answer is not a JSON object but \(response.bodyKind)\(page)\(response.saidAfterColon)"
        }
        if !response.said.isEmpty { return response.saidAfterColon }
        if object["access_token"] != nil { return ": it is not a string" }
        let names = object.keys.sorted().prefix(8).joined(separator: ", ")
        return ": the answer has \(names.isEmpty ? "no members" : "the members \(response.shown(names))")"
    }

    // The names are the wire's.
    // swift-format-ignore: AlwaysUseLowerCamelCase
    private struct Grant: Decodable {
        var access_token: String
        var token_type: TokenType?
        var expires_in: Lifetime?
    }

    /// A text; nothing when it is anything else.
    private struct TokenType: Decodable {
        var text: String?

        init(from decoder: any Decoder) throws {
            text = try? decoder.singleValueContainer().decode(String.self)
        }
    }

    /// A number of seconds, however it is written; nothing when it is not one.
    private struct Lifetime: Decodable {
        var seconds: Double?

        init(from decoder: any Decoder) throws {
            let container = try decoder.singleValueContainer()
            let number =
                (try? container.decode(Double.self))
                ?? (try? container.decode(String.self)).flatMap { Double($0) }
            seconds = number.flatMap { $0.isFinite ? $0 : nil }
        }
    }
}
