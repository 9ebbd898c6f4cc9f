/** Cuts a stream of bytes at its NULs. Yields as many pieces at a time as have arrived; a last one without NUL is dropped. */
export async function* splitAtNul(chunks: AsyncIterable<Buffer>): AsyncGenerator<readonly Buffer[]> {
  let unfinished: Buffer[] = []
  for await (const chunk of chunks) {
    const pieces: Buffer[] = []
    let start = 0
    for (let end = chunk.indexOf(0); end !== -1; end = chunk.indexOf(0, start)) {
      const piece = chunk.subarray(start, end)
      pieces.push(unfinished.length === 0 ? piece : Buffer.concat([...unfinished, piece]))
      unfinished = []
      start = end + 1
    }
    if (start < chunk.length) unfinished.push(chunk.subarray(start))
    if (pieces.length > 0) yield pieces
  }
}
