import Testing

@testable import PullerCore

@Suite("Options of one image")
struct ImageOptionTests {
    @Test("follow its item, in any order, and their JSON may have what otherwise separates items and options")
    func all() throws {
        let text = """
            a=x:1 nodeSelector={"pool":"gpu"} tolerations=[ {"key": "gpu", "operator":"Exists"} ]
              memoryRequest=1Gi pullPolicy=IfNotPresent cpuLimit=1; b=y nodeSelector={} ;
            c=z tolerations=[{"key":"c","value":"","effect":"NoSchedule"}]  nodeSelector={"c":""}
            """
        let images = try parse(Environments.fleet, ["IMAGES": text]).get().daemonSet.images
        #expect(images.map(\.name) == ["a", "b", "c"])
        #expect(images.map(\.image.text) == ["x:1", "y", "z"])
        let options = images[0].options
        #expect(options.nodeSelector == ["pool": "gpu"])
        #expect(options.tolerations == [Toleration(key: "gpu", comparison: .exists)])
        #expect(options.pullPolicy == .ifNotPresent)
        // What is not given for the image gives way to what is.
        #expect(options.resources?.memoryRequest.text == "1Gi")
        #expect(options.resources?.memoryLimit.text == "1Gi")
        #expect(options.resources?.cpuRequest.text == ".05")
        #expect(options.resources?.cpuLimit.text == "1")
        #expect(images[1].options.nodeSelector == [:])
        #expect(images[1].options.tolerations == nil && images[1].options.pullPolicy == nil)
        #expect(images[2].options.nodeSelector == ["c": ""])
        #expect(images[2].options.tolerations == [Toleration(key: "c", effect: .noSchedule)])
        #expect(images[2].options.resources == nil)
    }

    @Test("have semicolons, brackets, quotes and number signs in their JSON")
    func separatorsInJSON() throws {
        // None of these is valid in a label, so what is refused shows that the JSON was not cut.
        let text = #"a=x nodeSelector={"k":"; # ] } = \" , x"};b=y"#
        let lines = problems(Environments.fleet, ["IMAGES": text])
        #expect(lines.count == 1)
        #expect(
            lines.first?.contains(#"another nodeSelector: the value "; # ] } = " , x" of "k" must be"#)
                == true,
            "\(lines)"
        )
        #expect(!lines.joined().contains("item 2"), "\(lines)")
    }

    @Test("leave a registry with an IPv6 address alone")
    func registry() throws {
        let text = "tolerations=[::1]:5000/a;b=[::1]:5000/b pullPolicy=always"
        let images = try parse(Environments.fleet, ["IMAGES": text]).get().daemonSet.images
        #expect(images.map(\.image.text) == ["[::1]:5000/b", "[::1]:5000/a"])
    }

    @Test(
        "are refused with what would be right",
        arguments: [
            ("a=x nodeselector={}", #"must not have the option "nodeselector"; did you mean nodeSelector?"#),
            (
                #"a=x toleration=[{"key":"a", "operator":"Exists"}]"#,
                #"must not have the option "toleration"; did you mean tolerations?"#
            ),
            ("a=x memorylimit=20Mi", #"must not have the option "memorylimit"; did you mean memoryLimit?"#),
            ("a=x node=node:20", "must be separated from the next item by ; and not by white space"),
            ("a=x memoryLimit=20Mi c=d", "must be separated from the next item by ; and not by white space"),
            ("a=x memoryLimit=20Mi,c=d", "must be separated from the next item by ; and not by a comma"),
            (
                "a=x memoryLimit=20Mi C_D=d",
                #"must have <option>=<value> after its image, not "C_D=d"; the options are"#
            ),
            ("a=x memoryLimit=20Mi memoryLimit=20Mi", "must have the option memoryLimit only once"),
            ("a=x memoryLimit = 20Mi", "must have a value after memoryLimit=, without white space before it"),
            ("a=x nodeSelector", "must have a value after nodeSelector="),
            ("a=x memoryLimit=much", "as its memoryLimit, not \"much\""),
            (
                "a=x memoryRequest=2Gi memoryLimit=1Gi",
                #"must have a memoryRequest of at most its memoryLimit "1Gi""#
            ),
            ("a=x cpuRequest=2 cpuLimit=1", #"must have a cpuRequest of at most its cpuLimit "1""#),
            ("a=x pullPolicy=Never", #"must have Always or IfNotPresent as its pullPolicy, not "Never""#),
            (
                #"a=x nodeSelector={"a":"b""#,
                "must have another nodeSelector: must be JSON: column 9 must be a comma or }"
            ),
            (#"a=x nodeSelector=["a"]"#, "must have another nodeSelector: must be a JSON map"),
            (
                #"a=x tolerations=[{"key":"a","effects":"NoExecute"}]"#,
                "must have another tolerations: [0].effects must be one of the fields"
            ),
            (
                #"a=x tolerations=[]b=y"#,
                "must have another tolerations: must be JSON: column 3 must be the end"
            ),
        ]
    )
    func refused(text: String, expected: String) {
        let lines = problems(Environments.fleet, ["IMAGES": text])
        #expect(lines.count == 1)
        #expect(lines.first?.contains("item 1 \"a=x") == true, "\(lines)")
        #expect(lines.first?.contains(expected) == true, "\(lines)")
    }

    @Test("make at most 20 different placements, because each is a DaemonSet of its own")
    func placements() throws {
        func list(_ count: Int) -> String {
            (1...count).map { #"i\#($0)=x nodeSelector={"n":"\#($0)"}"# }.joined(separator: ";")
        }
        let twice = list(20) + ";j=x nodeSelector={\"n\":\"7\"}"
        #expect(try parse(Environments.fleet, ["IMAGES": twice]).get().daemonSet.images.count == 21)
        let lines = problems(Environments.fleet, ["IMAGES": list(21)])
        #expect(lines.count == 1)
        #expect(lines.first?.contains("must have at most 20 different combinations") == true, "\(lines)")
        // Those without one of their own have the common one.
        #expect(problems(Environments.fleet, ["IMAGES": list(20) + ";j=x"]).count == 1)
    }

    @Test("are written as they are read")
    func written() throws {
        let text =
            #"a=x nodeSelector={"p":"q"} tolerations=[{"operator":"Exists"}] memoryRequest=1Mi memoryLimit=5Mi "#
            + "cpuRequest=1m cpuLimit=2m pullPolicy=Always"
        #expect(try parseImageList(text, resources: .none)?.map(\.written) == [text])
    }
}
