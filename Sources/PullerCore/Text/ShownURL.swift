/// The text of a URL as it may be printed. A user, a password, a query and a fragment may be secrets: they are redacted.
public func shownURL(_ text: String) -> String { BaseURL.shown(text) }
