import { createSubscriber } from "svelte/reactivity";

/** How often a clock moves, in milliseconds. */
const SECOND = 1_000;
export const MINUTE = 60 * SECOND;

/** Calls back at every full period of the wall clock; the returned function ends that. */
export function everyFull(period: number, tick: () => void): () => void {
  let timer: ReturnType<typeof setTimeout>;
  const wait = () => {
    timer = setTimeout(
      () => {
        tick();
        wait();
      },
      period - (Date.now() % period),
    );
  };
  wait();
  return () => clearTimeout(timer);
}

const subscribe = createSubscriber((update) => everyFull(SECOND, update));

/**
 * The time, to the second. It ticks only while something on the page reads it, so a page that shows no seconds does nothing:
 * a window that is open all day must not keep a processor busy.
 */
export function second(): Date {
  subscribe();
  return new Date();
}
