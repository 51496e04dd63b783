import Foundation
import PullerCore

extension ClusterClient: ClusterReads {
    /// Bytes of one page of pods, or of a list of API groups.
    static let longestList = 8 << 20
    /// Pods of one page.
    static let mostPodsOfPage = 100
    /// Pods that are read of one DaemonSet; Kubernetes supports 5,000 nodes.
    static let mostPods = 6000
    /// Requests for the pods of one DaemonSet.
    static let mostPages = 600

    /// Events of one page: they are about 2 KB each.
    static let pullEventsOfPage = 500
    /// Events that are read of one cluster at most: 20 images on 5,000 nodes.
    static let mostPullEvents = 100_000
    /// Requests for the events of one cluster.
    static let mostPullPages = 300

    // MARK: Pods

    /// See ``ClusterReads/pods(_:)``.
    ///
    /// A page that is too large is asked for again with fewer pods.
    public func pods(_ pass: PodPass) async throws(Failure) -> PodStep {
        var pass = pass
        guard pass.requests < Self.mostPages, pass.count < Self.mostPods else {
            return .done(.report(pass.report()))
        }
        pass.requests += 1
        let limit = pass.limit ?? podsOfPage
        let response: HTTPResponse
        do throws(Failure) {
            let url = podsURL(pass.query.labels, limit: limit, continuation: pass.continuation)
            response = try await send(.list, url, answerLimit: Self.longestList)
        } catch {
            guard error.reason == .responseTooLarge, limit > 1 else { throw error }
            pass.limit = max(limit / 8, 1)
            return .more(pass)
        }
        return try step(of: pass, after: response)
    }

    @inline(never)  // See observation(of:in:).
    private func step(of pass: PodPass, after response: HTTPResponse) throws(Failure) -> PodStep {
        var pass = pass
        switch response.head.status {
        case 200:
            let page = try decode(PodPage.self, response, "list", .pods)
            let room = Self.mostPods - pass.count
            for pod in page.pods.prefix(room) { pass.add(response.confidences.hidden(in: pod)) }
            pass.continuation = page.continuation
            guard !page.continuation.isEmpty else {
                return .done(.report(pass.report(isComplete: page.pods.count <= room)))
            }
            return .more(pass)
        case 410 where !pass.continuation.isEmpty && StatusObject(response.body) != nil:
            // The list is older than what the server remembers of the past. What comes now begins anew; if that takes too
            // long again, what is known has to do.
            guard !pass.hasRestarted else { return .done(.report(pass.report())) }
            pass.restart()
            return .more(pass)
        case 403: return .done(.notAllowed(failure("list", response, of: .pods).message))
        default: throw failure("list", response, of: .pods)
        }
    }

    /// How many pods a page has: a pod is taken to be about as large as its DaemonSet.
    private var podsOfPage: Int {
        min(max(Self.longestList / max(answerLimit / 2, 1), 1), Self.mostPodsOfPage)
    }

    private func podsURL(_ labels: [String: String], limit: Int, continuation: String) -> String {
        let selector = labels.sorted { $0.key < $1.key }.map { "\($0.key)=\($0.value)" }
            .joined(separator: ",")
        var url = "\(baseURL)/api/v1/namespaces/\(percentEncoded(namespace))/pods?limit=\(limit)"
        if !selector.isEmpty { url += "&labelSelector=\(percentEncoded(selector))" }
        if !continuation.isEmpty { url += "&continue=\(percentEncoded(continuation))" }
        return url
    }

    // MARK: Pulls

    /// See ``ClusterReads/pulls(_:)``.
    ///
    /// A page that is too large is asked for again with fewer events. A list that is older than what the server remembers of
    /// the past ends there: what is known has to do.
    public func pulls(_ pass: PullPass) async throws(Failure) -> PullStep {
        var pass = pass
        guard pass.requests < Self.mostPullPages, pass.count < Self.mostPullEvents else {
            return .done(.times(pass.times))
        }
        pass.requests += 1
        let limit = pass.limit ?? Self.pullEventsOfPage
        let response: HTTPResponse
        do throws(Failure) {
            let url = pullsURL(limit: limit, continuation: pass.continuation)
            response = try await send(.list, url, answerLimit: Self.longestList)
        } catch {
            guard error.reason == .responseTooLarge, limit > 1 else { throw error }
            pass.limit = max(limit / 8, 1)
            return .more(pass)
        }
        switch response.head.status {
        case 200:
            pass.add(try decode(PullEventPage.self, response, "list", .events))
            return pass.continuation.isEmpty ? .done(.times(pass.times)) : .more(pass)
        case 410 where !pass.continuation.isEmpty && StatusObject(response.body) != nil:
            return .done(.times(pass.times))
        case 403: return .done(.notAllowed(failure("list", response, of: .events).message))
        default: throw failure("list", response, of: .events)
        }
    }

    /// The fields that a server selects events by are in pkg/registry/core/event/strategy.go of kubernetes/kubernetes. It
    /// keeps events for an hour by default (`--event-ttl` of kube-apiserver).
    private func pullsURL(limit: Int, continuation: String) -> String {
        let selector = percentEncoded("involvedObject.kind=Pod,reason=Pulled")
        var url =
            "\(baseURL)/api/v1/namespaces/\(percentEncoded(namespace))/events?limit=\(limit)&fieldSelector=\(selector)"
        if !continuation.isEmpty { url += "&continue=\(percentEncoded(continuation))" }
        return url
    }

    // MARK: The owner

    /// See ``ClusterReads/deployment(_:)``.
    public func deployment(_ name: String) async throws(Failure) -> OwnerLookup {
        let url =
            "\(baseURL)/apis/apps/v1/namespaces/\(percentEncoded(namespace))/deployments/"
            + percentEncoded(name)
        let response = try await send(.get, url)
        switch response.head.status {
        case 200:
            let deployment = try decode(NamedObject.self, response, "get", .deployments)
            guard deployment.kind == "Deployment", let uid = deployment.metadata.uid,
                (1...ObservedDaemonSet.longestText).contains(uid.utf8.count)
            else { throw Failure(malformed: response, verb: "get", of: .deployments) }
            guard deployment.metadata.name == name else {
                let other = response.shown(deployment.metadata.name)
                throw Failure(.malformedResponse, "the answer is about the Deployment \(other)")
            }
            return .found(uid: uid)
        case 404
        where StatusObject(response.body)?.saysAbsent(kind: "deployments", name: name) == true:
            return .absent
        case 403: return .notAllowed(failure("get", response, of: .deployments).message)
        default: throw failure("get", response, of: .deployments)
        }
    }

    private struct NamedObject: Decodable {
        var kind: String
        var metadata: Metadata

        struct Metadata: Decodable {
            var name: String
            var uid: String?
        }
    }

    // MARK: Discovery

    /// See ``ClusterReads/discovery()``.
    public func discovery() async throws(Failure) -> Discovery {
        do throws(Failure) {
            let response = try await send(.get, "\(baseURL)/apis", answerLimit: Self.longestList)
            guard response.head.status == 200 else { throw failure("get", response, of: .apiGroups) }
            let list = try decode(GroupList.self, response, "get", .apiGroups)
            guard list.kind == "APIGroupList" else {
                throw Failure(malformed: response, verb: "get", of: .apiGroups)
            }
            return Discovery(groups: list.groups.map(\.name))
        } catch {
            switch error.reason {
            // An account that is not known is not told either what there is of DaemonSets.
            case .unreachable, .timeout, .serverError, .throttled, .unauthorized, .tokenUnavailable,
                .untrusted,
                .cancelled:
                throw error
            default: return .unknown(error.message)
            }
        }
    }

    private struct GroupList: Decodable {
        var kind: String
        var groups: [Group]

        struct Group: Decodable {
            var name: String
        }
    }

    private func decode<Value: Decodable>(
        _ type: Value.Type,
        _ response: HTTPResponse,
        _ verb: String,
        _ resource: RequestedResource
    ) throws(Failure) -> Value {
        do {
            return try JSONDecoder().decode(type, from: Data(response.body))
        } catch {
            throw Failure(malformed: response, verb: verb, of: resource)
        }
    }
}
