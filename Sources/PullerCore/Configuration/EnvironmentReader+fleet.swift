extension FleetTarget {
    /// The users of the list and then those of the file. A user may be in both, which is how users move from
    /// one to the other; it is one user.
    public var allUsers: [String] {
        let listed = Set(users)
        return users + fileUsers.filter { !listed.contains($0) }
    }
}

extension EnvironmentReader {
    /// Many clusters behind one proxy.
    mutating func fleetTarget() -> FleetTarget? {
        let users = fleetUsers()
        let groups = given(.groups) == nil ? [] : required(.groups, UserList.parseGroups)
        let proxyURL = required(.proxyURL, shown: BaseURL.shown) { text throws(Expected) in
            try BaseURL(text, allowingUser: true)
        }
        let sendsHeader = optional(.impersonationHeader, parseBool)
        let credential = fleetCredential()
        checkThatUsersDiffer(users?.listed ?? [], users?.inFile ?? [], proxyURL, sendsHeader)
        checkThatGroupsAreSent(proxyURL, sendsHeader)
        guard let users, let groups, let proxyURL, let credential else { return nil }
        return FleetTarget(
            users: users.listed,
            fileUsers: users.inFile,
            usersFile: given(.usersFile),
            groups: groups,
            proxy: ProxyAddress(
                template: proxyURL.text,
                sendsImpersonationHeader: sendsHeader ?? !proxyURL.hasUserPlaceholder
            ),
            credential: credential
        )
    }

    private mutating func fleetUsers() -> (listed: [String], inFile: [String])? {
        guard given(.users) != nil || given(.usersFile) != nil else {
            report(
                .users,
                value: nil,
                expected: "must be users separated by commas, or \(ConfigurationVariable.usersFile.name) "
                    + "must name a file with one user a line"
            )
            return nil
        }
        let listed = given(.users) == nil ? [] : required(.users, UserList.parse)
        let inFile = given(.usersFile).map { path in
            contents(of: path, for: .usersFile, shown: path) { text throws(Expected) in
                do throws(UsersFile.Problem) {
                    return try UsersFile.parse(text).get().users
                } catch {
                    throw Expected(error.description)
                }
            }
        }
        guard let listed, let inFile = inFile ?? [] else { return nil }
        return (listed, inFile)
    }

    /// Workers that reach the same cluster as the same user would fight over one DaemonSet.
    private mutating func checkThatUsersDiffer(
        _ listed: [String],
        _ inFile: [String],
        _ proxyURL: BaseURL?,
        _ sendsHeader: Bool?
    ) {
        guard let proxyURL else { return }
        // A users' file can grow at any time, so it counts as many.
        let isMany = given(.users).map { UserList.items($0).count > 1 } == true || given(.usersFile) != nil
        if isMany, sendsHeader == false, !proxyURL.hasUserPlaceholder {
            report(
                .impersonationHeader,
                value: given(.impersonationHeader),
                expected: "must be true with more than one user, or \(ConfigurationVariable.proxyURL.name) "
                    + "must contain \(BaseURL.userPlaceholder)"
            )
        }
        if let user = (listed + inFile).first(where: { !proxyURL.isUsable(for: $0) }) {
            report(
                .proxyURL,
                value: proxyURL.text,
                expected: "must not have \(BaseURL.userPlaceholder) in its host, because the user "
                    + "\"\(displayText(user, limit: 80))\" cannot be part of a host name"
            )
        }
    }

    /// An API server refuses a group without a user, so the two headers go together.
    private mutating func checkThatGroupsAreSent(_ proxyURL: BaseURL?, _ sendsHeader: Bool?) {
        guard let groups = given(.groups) else { return }
        let header = ConfigurationVariable.impersonationHeader
        // A header variable that cannot be read has been reported, and says nothing about the groups.
        let isDefault = given(header) == nil && proxyURL?.hasUserPlaceholder == true
        guard isDefault || sendsHeader == false else { return }
        report(
            .groups,
            value: groups,
            expected: "must not be set when Impersonate-User is not sent; to send the users and the groups, "
                + "set \(header.name) to true"
        )
    }
}
