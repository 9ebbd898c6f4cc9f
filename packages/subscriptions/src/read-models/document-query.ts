/** Which documents to find, in which order. Default: all, by id. */
export interface DocumentQuery<Value> {
  readonly where?: Where<Value>
  /** Fields in order of their weight; documents alike in all of them are ordered by id. */
  readonly orderBy?: OrderBy<Value>
  /** Default 100. */
  readonly limit?: number
  /** The `next` of the page before, of the same query. */
  readonly after?: string
}

/** The same for all pages. */
export interface DocumentScan<Value> {
  readonly where?: Where<Value>
  readonly orderBy?: OrderBy<Value>
  /** Documents held in memory at a time. Default 100. */
  readonly pageSize?: number
}

/**
 * What must hold of a document: all that it says. A field is a key, or a path of keys such as `"address.city"`; a value alone means `"="`.
 * A field that isn't there, or is `null`, matches no comparison but `missing`. Fields that are named `and`, `or` or `not` can't be asked for.
 *
 * @example
 * type Person = { name: string; age: number; address: { city: string } }
 * const where: Where<Person> = { name: "Alice", age: { ">=": 18, "<": 65 }, not: { "address.city": "Oslo" } }
 */
export type Where<Value> = {
  readonly [Path in Exclude<FieldPath<Value>, keyof Combined<Value>>]?: Wanted<ScalarAt<Value, Path>>
} & Combined<Value>

/** Conditions joined. */
export interface Combined<Value> {
  /** All of these. */
  readonly and?: readonly Where<Value>[]
  /** At least one of these. */
  readonly or?: readonly Where<Value>[]
  /** Whatever this doesn't match. */
  readonly not?: Where<Value>
}

/** What a field must be: a value, or comparisons that all hold. */
export type Wanted<Scalar> = Scalar | Comparisons<Scalar>

/** Comparisons with a field, which all must hold. */
export interface Comparisons<Scalar> {
  readonly "="?: Scalar
  readonly "<"?: Scalar
  readonly "<="?: Scalar
  readonly ">"?: Scalar
  readonly ">="?: Scalar
  /** One of these. */
  readonly in?: readonly Scalar[]
  /** `true`: it isn't there, or `null`; `false`: it is there. */
  readonly missing?: boolean
}

/** In the order of its keys. */
export type OrderBy<Value> = { readonly [Path in FieldPath<Value>]?: "ascending" | "descending" }

/** The keys of a document, and the paths of keys into the objects in it, down to five levels. */
export type FieldPath<Value> = PathInto<Value, [0, 0, 0, 0]>

type PathInto<Value, Levels extends readonly 0[]> = Value extends readonly unknown[] | Scalar
  ? never
  : Value extends object
    ? { [Key in keyof Value & string]-?: Key | Deeper<Key, NonNullable<Value[Key]>, Levels> }[keyof Value &
        string]
    : never

type Deeper<Key extends string, Value, Levels extends readonly 0[]> = Levels extends readonly [
  0,
  ...infer Left extends readonly 0[],
]
  ? `${Key}.${PathInto<Value, Left>}`
  : never

type Scalar = string | number | boolean

/** What a field can be compared with. */
export type ScalarAt<Value, Path extends string> = Extract<ValueAt<Value, Path>, Scalar>

type ValueAt<Value, Path extends string> = Value extends unknown
  ? Path extends keyof Value
    ? Value[Path]
    : Path extends `${infer Key}.${infer Rest}`
      ? Key extends keyof Value
        ? ValueAt<NonNullable<Value[Key]>, Rest>
        : never
      : never
  : never
