import { describe, expect, it, vi } from "vitest";
import { useDesk } from "../test/desk";
import { Resource } from "./async.svelte";

function held<T>() {
  const waiting: { resolve: (value: T) => void; reject: (cause: unknown) => void }[] = [];
  const resource = new Resource<T>(() => new Promise((resolve, reject) => waiting.push({ resolve, reject })));
  return { resource, waiting };
}

describe("Resource", () => {
  it("goes from idle to loading to ready", async () => {
    const { resource, waiting } = held<number>();
    expect(resource.current).toEqual({ state: "idle" });
    const asked = resource.refresh();
    expect(resource.current).toEqual({ state: "loading" });
    waiting[0]?.resolve(7);
    await asked;
    expect(resource.current).toEqual({ state: "ready", value: 7 });
  });

  it("keeps the last value during a refresh and after a failure", async () => {
    const { resource, waiting } = held<number>();
    const first = resource.refresh();
    waiting[0]?.resolve(7);
    await first;
    const second = resource.refresh();
    expect(resource.current).toEqual({ state: "loading", previous: 7 });
    waiting[1]?.reject({ code: "offline", message: "No network.", next: "Wait." });
    await second;
    expect(resource.value).toBe(7);
    expect(resource.error?.code).toBe("offline");
  });

  it("drops an answer that arrives after a newer request", async () => {
    const { resource, waiting } = held<string>();
    const first = resource.refresh();
    const second = resource.refresh();
    waiting[1]?.resolve("new");
    await second;
    waiting[0]?.resolve("old");
    await first;
    expect(resource.value).toBe("new");
  });

  it("drops a late failure", async () => {
    const { resource, waiting } = held<string>();
    const first = resource.refresh();
    const second = resource.refresh();
    waiting[1]?.resolve("new");
    await second;
    waiting[0]?.reject(new Error("late"));
    await first;
    expect(resource.current).toEqual({ state: "ready", value: "new" });
  });

  it("once opened, fetches again after changes to its topics only, until it is closed", () => {
    const desk = useDesk("empty");
    const fetch = vi.fn(() => Promise.resolve(1));
    const close = new Resource(fetch, ["links", "desk"]).open();
    expect(fetch).toHaveBeenCalledTimes(1);
    desk.emit("changed", { topics: ["sessions", "recordings"] });
    expect(fetch).toHaveBeenCalledTimes(1);
    desk.emit("changed", { topics: ["sessions", "links", "desk"] });
    expect(fetch).toHaveBeenCalledTimes(2);
    close();
    expect(desk.listeners()).toBe(0);
  });

  it("turns anything thrown into an error that can be shown", async () => {
    const resource = new Resource<string>(() => Promise.reject(new Error("boom")));
    await resource.refresh();
    expect(resource.error).toMatchObject({ code: "internal", message: expect.stringContaining("boom") });
    expect(resource.error?.next).not.toBe("");
  });
});
