/** The order people expect: `pump-2` before `pump-10`, whatever the case. */

const collator = new Intl.Collator("en", { numeric: true, sensitivity: "base" });

/** Compares two names in natural order; equal ones by their code units, so the order is total. */
export function naturally(a: string, b: string): number {
  const order = collator.compare(a, b);
  if (order !== 0) return order;
  return a < b ? -1 : a > b ? 1 : 0;
}

/** Compares two paths level by level, so a place stands before what is below it. */
export function byPath(a: string, b: string): number {
  const left = a === "" ? [] : a.split("/");
  const right = b === "" ? [] : b.split("/");
  const shared = Math.min(left.length, right.length);
  for (let level = 0; level < shared; level += 1) {
    const order = naturally(left[level] ?? "", right[level] ?? "");
    if (order !== 0) return order;
  }
  return left.length - right.length;
}
