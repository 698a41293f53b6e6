/** The wall: all devices that match, in place order, as list, cards or tiles. */
import { effect, useComputed } from "@preact/signals";
import { useLayoutEffect, useMemo, useRef } from "preact/hooks";
import { words } from "../../data/words.ts";
import { useDashboard } from "../context.ts";
import { isPhone, useWidth } from "../signals.ts";
import { TapGuard } from "../tap-guard.ts";
import { paletteInForce } from "../theme.ts";
import { densityOf } from "./layout.ts";
import { WallPool } from "./pool.ts";
import { Roving } from "./roving.ts";

/** The wall in its box. Renders once per density and width; rows are kept by the pool. */
export function Wall() {
  const dashboard = useDashboard();
  const { wall, catalogue, route, preferences, viewport } = dashboard;
  const { ref, width } = useWidth();
  const box = useRef<HTMLDivElement | null>(null);
  const pool = useRef<WallPool | null>(null);
  const guard = useMemo(() => new TapGuard(), []);
  const roving = useMemo(
    () =>
      new Roving(
        () => pool.current,
        () => preferences.letterKeys.peek(),
      ),
    [],
  );
  const density = useComputed(() =>
    densityOf(route.current.value.view ?? preferences.density.value, isPhone.value),
  );
  const { name, height } = density.value;
  const wide = width.value;
  useLayoutEffect(() => {
    if (box.current === null || wide === 0) return;
    const made = new WallPool(box.current, dashboard, density.peek(), wide, guard);
    pool.current = made;
    const ends = [
      effect(() => made.setPlaces(catalogue.places.value)),
      effect(() => {
        made.show(wall.view.value);
        roving.refresh();
      }),
      effect(() => {
        paletteInForce.value;
        made.repaint();
      }),
    ];
    return () => {
      for (const end of ends) end();
      made.dispose();
      pool.current = null;
    };
  }, [name, height, wide]);
  useLayoutEffect(() => () => viewport.hide("wall"), []);
  return (
    <section
      class="wall"
      aria-label={words.wall.label(wall.view.value.devices.length)}
      onFocusIn={roving.onFocus}
      onKeyDown={roving.onKey}
      onClickCapture={guard.onClickCapture}
      ref={(element) => {
        box.current = element as HTMLDivElement | null;
        ref(element);
      }}
    />
  );
}
