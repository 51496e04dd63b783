/// The known word that was probably meant by another one: a few letters are wrong, missing, too many or exchanged, or its
/// end is missing.
///
/// - Returns: The most similar one; `nil` when none is similar enough.
public func nearMiss(of word: String, among known: [String]) -> String? {
    let letters = Array(word.lowercased().utf8.prefix(64))
    let allowed = min(letters.count / 3, 2)
    let candidates = known.map { (word: $0, distance: editDistance(letters, Array($0.lowercased().utf8))) }
    if let best = candidates.min(by: { $0.distance < $1.distance }), best.distance <= allowed {
        return best.word
    }
    return letters.count >= 3 ? known.first { $0.lowercased().utf8.starts(with: letters) } : nil
}

/// Letters that must be replaced, left out, added or exchanged with their neighbour to get from one word to the other
/// (Damerau and Levenshtein).
func editDistance(_ left: [UInt8], _ right: [UInt8]) -> Int {
    var rowBefore: [Int] = []
    var row = Array(0...right.count)
    for (index, letter) in left.enumerated() {
        var next = [index + 1]
        for (column, other) in right.enumerated() {
            var distance = min(row[column] + (letter == other ? 0 : 1), row[column + 1] + 1, next[column] + 1)
            if index > 0, column > 0, letter == right[column - 1], left[index - 1] == other {
                distance = min(distance, rowBefore[column - 1] + 1)
            }
            next.append(distance)
        }
        rowBefore = row
        row = next
    }
    return row[right.count]
}
