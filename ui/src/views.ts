// The views of the window, in the order of the navigation. This is the only list of them: navigation, palette, shortcuts and App.svelte
// read it, so adding a view means adding an entry here and writing its component.
import type { Component } from "svelte";
import type { DeskDto } from "./ipc/client";
import { count, percent } from "./lib/format";
import Today from "./views/today/Today.svelte";

/** A short text beside the label in the navigation. */
type NavNote = { text: string; tone?: "live" | "wait" };

type Entry = {
  name: string;
  label: string;
  /** The keys that open the view, as in `Shortcut`. */
  keys: string;
  /** Other keys that do the same. */
  also?: readonly string[];
  /** The permission without which the view is left out of the navigation. */
  needs: string;
  /** The heading in the navigation above the views that have it. */
  group?: "Admin";
  note?: (desk: DeskDto) => NavNote | undefined;
  /** The first view is part of the page; the others are files of their own, which `load` fetches once. */
  component?: Component;
  load?: () => Promise<{ default: Component }>;
};

const ALL = [
  {
    name: "today",
    label: "Today",
    needs: "see_schedule",
    keys: "ctrl+1",
    note: (desk) => (desk.live_count > 0 ? { text: "live", tone: "live" } : undefined),
    component: Today,
  },
  {
    name: "schedule",
    label: "Schedule",
    needs: "see_schedule",
    keys: "ctrl+2",
    load: () => import("./views/schedule/Schedule.svelte"),
  },
  {
    name: "recordings",
    label: "Recordings",
    needs: "watch",
    keys: "ctrl+3",
    note: (desk) => ({ text: count(desk.recordings_total) }),
    load: () => import("./views/library/Recordings.svelte"),
  },
  {
    name: "transfers",
    label: "Transfers",
    needs: "save_files",
    keys: "ctrl+7",
    load: () => import("./views/library/Transfers.svelte"),
  },
  {
    name: "links",
    label: "Share links",
    needs: "make_links",
    keys: "ctrl+4",
    load: () => import("./views/sharing/Links.svelte"),
  },
  {
    name: "health",
    label: "Health",
    group: "Admin",
    needs: "see_health",
    keys: "ctrl+8",
    note: (desk) => (desk.alerts_open > 0 ? { text: `${count(desk.alerts_open)} open`, tone: "wait" } : undefined),
    load: () => import("./views/health/Health.svelte"),
  },
  {
    name: "storage",
    label: "Storage",
    group: "Admin",
    needs: "see_health",
    keys: "ctrl+9",
    note: (desk) => (desk.storage_share === null ? undefined : { text: percent(desk.storage_share) }),
    load: () => import("./views/health/Storage.svelte"),
  },
  {
    name: "keys",
    label: "Signing keys",
    group: "Admin",
    needs: "manage_keys",
    keys: "ctrl+6",
    load: () => import("./views/sharing/Keys.svelte"),
  },
  {
    name: "settings",
    label: "Settings",
    needs: "see_desk",
    keys: "ctrl+5",
    also: ["ctrl+,"],
    load: () => import("./views/profile/Settings.svelte"),
  },
] as const satisfies readonly Entry[];

export type View = (typeof ALL)[number]["name"];

export const VIEWS: readonly (Entry & { name: View })[] = ALL;

/** The views that the role of a desk may use. Before the desk is known, all. */
export const viewsFor = (desk: DeskDto | undefined): typeof VIEWS =>
  desk ? VIEWS.filter(({ needs }) => desk.may.includes(needs)) : VIEWS;

export function viewOf(name: View): (typeof VIEWS)[number] {
  const known = VIEWS.find((view) => view.name === name);
  if (!known) throw new Error(`There is no view ${name}.`);
  return known;
}

const loaded = new Map<View, Component>();

/** The component of a view; a promise of it until its file was fetched. */
export function componentOf(name: View): Component | Promise<Component> {
  const { component, load } = viewOf(name);
  const known = component ?? loaded.get(name);
  if (known) return known;
  if (!load) throw new Error(`The view ${name} has no component.`);
  return load().then((file) => {
    loaded.set(name, file.default);
    return file.default;
  });
}

/** Fetches every view, so that opening one later takes no time. A failure is ignored: opening the view fetches it again. */
export async function preloadViews(): Promise<void> {
  await Promise.allSettled(VIEWS.map(({ name }) => componentOf(name)));
}
