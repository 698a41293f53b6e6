/** Values and ages in components: a host that renders once, and text nodes that the frame loop writes. */
import { useLayoutEffect, useRef } from "preact/hooks";
import { fourDigits } from "../data/room.ts";
import { NumberText } from "../state/index.ts";
import { useDashboard } from "./context.ts";

/** A series' value with its unit, standing at the right. The component never renders because of it. */
export function Value({ series, unitClass }: { series: number; unitClass?: string }) {
  const { slots } = useDashboard();
  const host = useRef<HTMLSpanElement>(null);
  useLayoutEffect(() => {
    const element = host.current;
    if (element === null) return;
    const digits = document.createTextNode("");
    const number = new NumberText(digits, fourDigits);
    const inner = document.createElement("span");
    inner.className = "num";
    inner.append(digits);
    element.replaceChildren(inner);
    if (unitClass === undefined) return slots.value(series, { number, host: inner });
    const unit = document.createTextNode("");
    const around = document.createElement("span");
    around.className = unitClass;
    around.append(unit);
    element.append(around);
    return slots.value(series, { number, unit, host: inner });
  }, [series, unitClass]);
  return <span ref={host} />;
}

/** The unit a series is shown in, prefix included: it is known once a value is. */
export function Unit({ series }: { series: number }) {
  const { slots } = useDashboard();
  const host = useRef<HTMLSpanElement>(null);
  useLayoutEffect(() => {
    const unit = document.createTextNode("");
    host.current?.replaceChildren(unit);
    return slots.value(series, { number: { data: "" }, unit });
  }, [series]);
  return <span class="unit" ref={host} />;
}

/** How long ago something began. */
export function Since({ time }: { time: number }) {
  const { slots } = useDashboard();
  const host = useRef<HTMLSpanElement>(null);
  useLayoutEffect(() => {
    const node = document.createTextNode("");
    host.current?.replaceChildren(node);
    return slots.since(time, node);
  }, [time]);
  return <span ref={host} />;
}
