import { render, screen, waitFor } from "@testing-library/svelte";
import { describe, expect, it } from "vitest";
import { barriers } from "../../test/axe";
import { useDesk } from "../../test/desk";
import Jobs from "./Jobs.svelte";

describe("Jobs", () => {
  it("lists every job with its last run, and the error of the one that failed", async () => {
    useDesk("offline");
    render(Jobs);
    expect(await screen.findByTestId("job-backup")).toHaveTextContent(/^Daily backup Last run 2 h ago/);
    const failed = screen.getByTestId("job-sync");
    expect(failed).toHaveAttribute("data-state", "failed");
    expect(failed).toHaveTextContent("It failed 3 times in a row.");
    expect(await barriers()).toEqual([]);
  });

  it("reads the list again when the desk changed", async () => {
    const desk = useDesk("live");
    render(Jobs);
    expect(await screen.findByTestId("job-sync")).toHaveAttribute("data-state", "fine");
    desk.emit("changed", { topics: ["desk"] });
    await waitFor(() => expect(desk.of("jobs_list")).toHaveLength(2));
  });
});
