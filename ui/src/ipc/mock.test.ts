import { expect, it } from "vitest";
import { CHANGES } from "./bindings";
import { createMock } from "./mock";

it("reports the topics that a command changes after it has answered", async () => {
  const mock = createMock("live", 600_000);
  const heard: unknown[] = [];
  mock.listen("changed", (payload) => heard.push(payload));
  const settings = await mock.invoke("settings_get");
  expect(heard).toEqual([]);
  await mock.invoke("settings_save", { input: settings });
  expect(heard).toEqual([{ topics: CHANGES.settings_save }]);
});

it("reports no topics when a command is refused", async () => {
  const mock = createMock("offline", 600_000);
  const heard: unknown[] = [];
  mock.listen("changed", (payload) => heard.push(payload));
  await expect(mock.invoke("sync_now")).rejects.toMatchObject({ code: "offline" });
  expect(heard).toEqual([]);
});
