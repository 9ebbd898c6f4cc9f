/** Something that the user can put right. Its message is all they need to see: what is wrong, and what to do. */
export class Problem extends Error {
  override readonly name = "Problem"
}
