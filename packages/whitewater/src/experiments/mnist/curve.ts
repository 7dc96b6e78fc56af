// A measure that falls along training, looked at a few times: its value between looks, and when it is as low as a goal.

export interface CurvePoint {
  readonly x: number
  readonly y: number
}

/** Which part of the way from `a` to `b` `value` is, in logarithms where they exist. */
function partOf(value: number, a: number, b: number): number {
  const bend = a > 0 && b > 0 ? Math.log : (x: number) => x
  return (bend(value) - bend(a)) / (bend(b) - bend(a))
}

function between(part: number, a: number, b: number): number {
  return a > 0 && b > 0 ? a * (b / a) ** part : a + part * (b - a)
}

/**
 * The value at `x`, between looks along a straight line of logarithms, as learning curves run: beyond the last look the last value,
 * undefined before the first.
 */
export function valueAt(curve: readonly CurvePoint[], x: number): number | undefined {
  const after = curve.findIndex((point) => point.x >= x)
  if (after < 0) return curve.at(-1)?.y
  if (after === 0) return curve[0].x === x ? curve[0].y : undefined
  const a = curve[after - 1]
  const b = curve[after]
  return between(partOf(x, a.x, b.x), a.y, b.y)
}

/** Where the curve is as low as `goal` for the first time; its first look if it starts there, undefined if it never is. */
export function reachedAt(curve: readonly CurvePoint[], goal: number): number | undefined {
  const at = curve.findIndex(({ y }) => y <= goal)
  if (at <= 0) return at < 0 ? undefined : curve[0].x
  const a = curve[at - 1]
  const b = curve[at]
  return between(partOf(goal, a.y, b.y), a.x, b.x)
}
