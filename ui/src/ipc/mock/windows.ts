// The mock's answers to the commands about the windows of the app.
import type { Answers, World } from "./world";

export function windows(world: World) {
  return {
    close_to_background: () => null,
    close_after_ending: () => {
      world.needCloud();
      world.store.live = [];
      return null;
    },
    compact_open: () => null,
    compact_close: () => null,
    large_window: () => null,
    computer_awake: () => (world.store.live.length > 0 ? "kept" : "not_needed"),
  } satisfies Partial<Answers>;
}
