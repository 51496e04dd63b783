import Foundation

@testable import KubernetesAPI
@testable import PullerCore

/// Reads a list of pods, and reports on it. The first byte chooses what the pods hold.
func fuzzPods(_ input: [UInt8]) {
    guard let choice = input.first,
        let page = try? JSONDecoder().decode(PodPage.self, from: Data(input.dropFirst()))
    else { return }
    require(page.continuation.utf8.count <= PodPage.longestContinuation, "a long continuation")
    let cached = (0..<Int(choice & 3)).map {
        PodImages.Image(name: ["java", "bad", "a"][$0], reference: ["quay.io/x/java:1", "bad", "a:1"][$0])
    }
    let images = PodImages(
        cached: cached,
        holder: choice & 4 == 0 ? nil : .init(name: "KIP_IMAGE", reference: "quay.io/x/kip:1"),
        areVolumes: choice & 12 == 12
    )
    var tally = PodTally(images, ownerUID: page.pods.first?.ownerUID ?? "")
    for pod in page.pods {
        _ = pod.mapTexts { text, limit in
            require(text.utf8.count <= limit, "a text of \(text.utf8.count) bytes")
            return text
        }
        tally.add(pod)
    }
    let report = tally.report(isComplete: choice & 16 == 0)
    require(report.nodes <= page.pods.count && report.ready <= report.nodes, "more nodes than pods")
    require(report.problems.count <= PodReport.mostProblems, "\(report.problems.count) problems")
    for image in report.images {
        let all = image.present + image.pulling + image.waiting + image.failing + image.unknown
        require(all >= report.nodes && all <= 2 * report.nodes, "\(image) on \(report.nodes) nodes")
    }
    for problem in report.problems {
        require(problem.nodes > 0 && problem.nodes <= report.nodes, "a problem on \(problem.nodes) nodes")
        require(problem.namedNodes.count <= PodReport.mostNamedNodes, "\(problem.namedNodes)")
        requireOneLine(problem.text)
        // What is escaped becomes longer.
        require(problem.text.unicodeScalars.count <= 12 * 700, "a long text")
        for node in problem.namedNodes { requireOneLine(node) }
    }
    requireOneLine(report.text(limit: .max))
    require(report.problems.isEmpty == report.text().isEmpty, "problems without a text")
    require(
        report.withCauses(of: report).problems.count == report.problems.count,
        "another number of problems"
    )
}
