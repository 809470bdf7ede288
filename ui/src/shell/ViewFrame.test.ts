import { render, screen } from "@testing-library/svelte";
import userEvent from "@testing-library/user-event";
import { beforeEach, describe, expect, it, vi } from "vitest";
import Loading from "../components/Loading.svelte";
import ViewFrame from "./ViewFrame.svelte";

const componentOf = vi.hoisted(() => vi.fn());
vi.mock("../views", () => ({ componentOf, viewOf: () => ({ label: "Share links" }) }));

beforeEach(() => componentOf.mockReset());

describe("ViewFrame", () => {
  it("shows a loaded view at once", () => {
    componentOf.mockReturnValue(Loading);
    render(ViewFrame, { name: "links" });
    expect(screen.getByRole("status")).toBeVisible();
  });

  it("shows a view once its file was fetched", async () => {
    componentOf.mockResolvedValue(Loading);
    render(ViewFrame, { name: "links" });
    expect(screen.queryByRole("status")).toBeNull();
    expect(await screen.findByRole("status")).toBeVisible();
  });

  it("names a view whose file cannot be fetched, and fetches it again on demand", async () => {
    componentOf.mockRejectedValueOnce(new TypeError("Failed to fetch"));
    render(ViewFrame, { name: "links" });
    expect(await screen.findByTestId("broken")).toHaveTextContent("Share links cannot be shown here.");
    componentOf.mockReturnValue(Loading);
    await userEvent.click(screen.getByRole("button", { name: "Try again" }));
    expect(await screen.findByRole("status")).toBeVisible();
    expect(screen.queryByTestId("broken")).toBeNull();
  });
});
