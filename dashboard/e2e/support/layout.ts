/** What of a page's layout is wrong: for `page.evaluate`, so each stands alone. */

/** By how many px the page can be scrolled sideways. */
export function sideways(): number {
  window.scrollTo(1000, window.scrollY);
  const moved = window.scrollX;
  window.scrollTo(0, window.scrollY);
  return moved;
}

/**
 * Targets of a pointer smaller than `least` px either way, as `tag "name" width × height`.
 *
 * What counts is where a press arrives, so the area is felt for from the middle outwards. Links inside a sentence are
 * exempt (WCAG 2.2, 2.5.8, "inline").
 */
export function smallTargets(least: number): string[] {
  const reaches = (target: Element, x: number, y: number): boolean => {
    const hit = document.elementFromPoint(x, y);
    return hit !== null && (hit === target || target.contains(hit) || labelled(target, hit));
  };
  const labelled = (target: Element, hit: Element): boolean =>
    (target as HTMLInputElement).labels !== undefined &&
    [...((target as HTMLInputElement).labels ?? [])].some((label) => label.contains(hit));
  const extent = (target: Element, x: number, y: number, dx: number, dy: number): number => {
    let reach = 0;
    while (reach < least && reaches(target, x + dx * (reach + 1), y + dy * (reach + 1))) reach += 1;
    return reach;
  };
  const small: string[] = [];
  for (const target of document.querySelectorAll("a[href], button, input, select, summary")) {
    target.scrollIntoView({ block: "center" });
    const { height, left, top, width } = target.getBoundingClientRect();
    const [x, y] = [left + width / 2, top + height / 2];
    if (width === 0 || height === 0 || getComputedStyle(target).visibility !== "visible") continue;
    if (!reaches(target, x, y)) continue;
    if (getComputedStyle(target).display === "inline" && target.closest("p")) continue;
    const across = extent(target, x, y, 1, 0) + extent(target, x, y, -1, 0) + 1;
    const down = extent(target, x, y, 0, 1) + extent(target, x, y, 0, -1) + 1;
    const name = target.getAttribute("aria-label") ?? target.textContent?.trim().slice(0, 40);
    if (across < least || down < least)
      small.push(`${target.tagName.toLowerCase()} "${name}" ${across} × ${down}`);
  }
  window.scrollTo(0, 0);
  return [...new Set(small)];
}

/** What was animated in a recording of {@link record}. */
export interface Recording {
  readonly frames: number;
  readonly animations: readonly string[];
}

/** Watches the page for `ms`, every frame for animations. */
export function record(ms: number): Promise<Recording> {
  const animations = new Set<string>();
  let frames = 0;
  const start = performance.now();
  return new Promise((resolve) => {
    const look = (): void => {
      frames += 1;
      for (const animation of document.getAnimations()) {
        const { effect, playState } = animation;
        const target = (effect as KeyframeEffect | null)?.target;
        if (playState === "running") animations.add(target?.className || target?.nodeName || "?");
      }
      if (performance.now() - start < ms) requestAnimationFrame(look);
      else resolve({ frames, animations: [...animations] });
    };
    requestAnimationFrame(look);
  });
}
