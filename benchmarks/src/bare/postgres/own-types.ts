import { type CustomTypesConfig, types } from "pg"

const int8 = 20
const textArray = 1009
const asText = (text: string) => text

/** How values are read: positions and times as numbers, tags as text, which neighbours often share. Given with each query: a peer changes those of the whole process. */
export const ownTypes: CustomTypesConfig = {
  getTypeParser: ((type: number, format?: "text") => {
    if (type === int8) return Number
    return type === textArray ? asText : types.getTypeParser(type, format)
  }) as CustomTypesConfig["getTypeParser"],
}

/** An array of texts, as it came. */
export const parseTextArray = types.getTypeParser(textArray as never) as unknown as (text: string) => string[]
