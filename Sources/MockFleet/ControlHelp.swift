extension Fleet {
    /// The control endpoints, as `mock-fleet --help` prints them.
    public static let controlHelp = """
        Control endpoints, on a port of their own. Bodies and answers are JSON; {user} is a name, or * for all.
        Unknown members are refused with 400 and {"error": "..."}; what worked answers {"ok": true}.

          GET    /control/summary             the fleet: present, ready, desiredNodes, readyNodes, watches, counts
          GET    /control/users               all users' states
          GET    /control/users/{user}        one: cluster, exists, daemonSets, nodes, watches, counts
          GET    /control/users/{user}/object the DaemonSet as the API answers it
          POST   /control/users/{user}        settings, any of:
              "namespace": present | missing | missingInCluster
              "target": known | unknown       unknown: 404 text/plain from the proxy
              "tenantOf": "user-3"            shares that user's cluster from now on
              "nodes": "held" or {"0": "dead"}    ok | held | failing | dead | full
              "nodeCount": 5, "labels": {"0": {"disk": "ssd"}}, "pullMs": 300, "pullSpreadMs": 200
              "podsRefused": true             desired is counted, no pod is made
              "imageVolumes": kept | emptyDir | dropped    what the server makes of them: as from 1.35 on, before
                                              1.31, and between
              "controllerStopped": true       observedGeneration stays behind, no pod is made
              "stuckForeground": true         foreground deletions never end
              "images": {"quay.io/x/bad:1": "notFound"}   replaces what was set before: notFound | unauthorized
                                              | refused | unknownHost | rateLimited | untrusted | noSpace | backOff
                                              cannot be pulled, noSleep | runsAsRoot | crash | oom cannot run
              "podsReadable": true, "deploymentsReadable": true   what the account may read besides; else 403
              "events": forbidden | readable | malformed | hostile | huge    those of kubelets about pulls
              "deployments": {"kip": "uid"}, "discovery": forbidden | kubernetes | openshift
          POST   /control/users/{user}/actions
              {"action": "rotateSecret"}      401 from the cluster until a newly issued token comes
              {"action": "compact"}           older resourceVersions are Expired for watches
              {"action": "deleteDaemonSet", "name": "...", "foreground": false}
              {"action": "editDaemonSet", "name": "...", "image": "..."}
              {"action": "setFinalizers", "name": "...", "finalizers": ["example.com/hold"]}
                                              what is deleted stays until they are []
              {"action": "putDaemonSet", "preset": "foreign" | "go", "name": "...", "ageSeconds": 0}
              {"action": "putDaemonSet", "object": {...}, "ageSeconds": 0}
                "replace": true               in the place of what is there, in one step
          POST   /control/users/{user}/faults adds a fault (those set before come first):
              "kind": delay | status | denied | quota | drop | cut | cutHead | never | drip | endless | huge
                    | redirect | malformed | truncated | otherKind | wrongName
                    | closeWatch | cutWatch | silentWatch | expiredWatch
              "verbs": ["get","create","delete","watch","token","other"]   all but token when missing;
                                              create for denied and quota
              "count": 2, "skip": 1           for so many requests, after so many; without count until cleared
              "delayMs": 500, "headers": {"Warning": "299 - \\"text\\""}, "retryAfter": "7"     with any kind
              "status": 503, "body": status | text | html | empty | oauth | json, "content": "..."  kind status
              "status": 400, "content": "..."  denied: a webhook refuses; content is the Status's message,
                                              for quota, too, which is a 403
              "takesEffect": true             status, drop, never: do what was asked before
              "location": "http://..."        redirect; /trap/... on the control port records who came
              "bytes": 1000000                huge
              "afterMs": 100                  closeWatch, cutWatch; pace of drip
          DELETE /control/users/{user}/faults
          GET    /control/tokens              issued tokens, counted
          POST   /control/tokens              {"action": "revokeAll" | "expireAll", "profile": "fabric8" | "oidc",
                                               "expiresIn": 300, "expiresInAsText": true, "lifetimeMs": 0,
                                               "refuseFirst": 1, "expiresInSent": -5, "clientSecret": "..."}
                                               0 switches expiresIn and lifetimeMs off; expiresInSent
                                               is sent as it is, whatever JSON it is
          GET    /control/counts              requests by verb; DELETE sets all counts to 0, empties log and trap
          GET    /control/seconds             requests in each second since then, two hours at most
          GET    /control/log?user=&limit=    the latest requests, oldest first
          GET    /control/trap                requests to /trap/..., with their Authorization counted

        """
}
