/**
 * Who is to have which partition, by index into the members: even, the same wherever it is computed, and with few changes when a member is added at the end. The
 * first has all; each further one takes its share from those that have most.
 */
export function assignPartitions(partitions: number, members: number): readonly number[] {
  const owners = Array.from({ length: partitions }, () => 0)
  const counts = [partitions]
  for (let member = 1; member < members; member++) {
    counts.push(0)
    for (let share = Math.floor(partitions / (member + 1)); share > 0; share--) {
      const richest = counts.indexOf(Math.max(...counts))
      owners[owners.lastIndexOf(richest)] = member
      counts[richest] = (counts[richest] as number) - 1
      counts[member] = (counts[member] as number) + 1
    }
  }
  return owners
}
