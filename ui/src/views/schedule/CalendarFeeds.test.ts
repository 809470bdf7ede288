import { render, screen, waitFor, within } from "@testing-library/svelte";
import userEvent from "@testing-library/user-event";
import { describe, expect, it } from "vitest";
import { barriers } from "../../test/axe";
import { useDesk } from "../../test/desk";
import { namesWithoutDirection } from "../../test/names";
import CalendarFeeds from "./CalendarFeeds.svelte";
import CalendarPlaces from "./CalendarPlaces.svelte";

describe("a feed", () => {
  it("is shown first, followed once it is confirmed, read again and removed", async () => {
    const desk = useDesk("live");
    const user = userEvent.setup();
    render(CalendarFeeds, { open: true });
    const dialog = await screen.findByRole("dialog");
    expect(await barriers(dialog)).toEqual([]);
    expect(screen.queryByTestId("feed-add")).toBeNull();
    await user.type(screen.getByTestId("feed-address"), "webcal://hall.example/classes.ics");
    await user.click(screen.getByTestId("feed-check"));
    expect(await screen.findByTestId("calendar-new")).toHaveTextContent("Judo");
    expect(desk.of("feed_add")).toEqual([]);
    await user.click(screen.getByTestId("feed-add"));
    const feeds = await screen.findByTestId("feeds");
    expect(feeds).toHaveTextContent("Harbour hall");
    expect(feeds).toHaveTextContent("https://hall.example/…");
    expect(await barriers(dialog)).toEqual([]);
    expect(namesWithoutDirection(dialog)).toEqual([]);
    await user.click(within(feeds).getByRole("button", { name: "Read Harbour hall now" }));
    await waitFor(() => expect(desk.of("feed_refresh")).toHaveLength(1));
    await user.click(within(feeds).getByRole("button", { name: "Remove Harbour hall" }));
    expect(desk.of("feed_remove")).toEqual([]);
    await user.click(await screen.findByTestId("feed-remove-confirm"));
    await waitFor(() => expect(screen.queryByTestId("feeds")).toBeNull());
    await waitFor(() => expect(screen.getByTestId("feed-address")).toHaveFocus());
  });

  it("whose address is none is refused at the field, and what was shown is gone when the address changes", async () => {
    useDesk("live");
    const user = userEvent.setup();
    render(CalendarFeeds, { open: true });
    const address = await screen.findByTestId("feed-address");
    await user.type(address, "hello");
    await user.click(screen.getByTestId("feed-check"));
    expect(await screen.findByText(/This is not the address of a calendar/)).toBeInTheDocument();
    await user.clear(address);
    await user.type(address, "https://hall.example/a.ics");
    await user.click(screen.getByTestId("feed-check"));
    expect(await screen.findByTestId("feed-add")).toBeInTheDocument();
    await user.type(address, "x");
    expect(screen.queryByTestId("feed-add")).toBeNull();
  });
});

describe("the calendars for other programs", () => {
  it("are a file and an address, which can be replaced and taken down", async () => {
    const desk = useDesk("live");
    const user = userEvent.setup();
    render(CalendarPlaces, { open: true });
    const dialog = await screen.findByRole("dialog");
    await user.type(await screen.findByTestId("place-path"), "classes.ics");
    await user.click(screen.getByTestId("place-file-keep"));
    expect(await screen.findByTestId("places-error")).toHaveTextContent("is not a whole path");
    await user.clear(screen.getByTestId("place-path"));
    await user.type(screen.getByTestId("place-path"), "/home/me/classes.ics");
    await user.click(screen.getByTestId("place-file-keep"));
    expect(await screen.findByTestId("place-file")).toHaveTextContent("/home/me/classes.ics");
    await user.click(screen.getByTestId("place-publish"));
    const address = await screen.findByTestId<HTMLInputElement>("place-address");
    const before = address.value;
    expect(before).toMatch(/\.ics$/);
    expect(await barriers(dialog)).toEqual([]);
    await user.click(screen.getByTestId("place-replace"));
    expect(desk.of("calendar_publish")).toHaveLength(1);
    await user.click(await screen.findByTestId("place-replace-confirm"));
    await waitFor(() => expect(screen.getByTestId<HTMLInputElement>("place-address").value).not.toBe(before));
    await user.click(screen.getByTestId("place-take-down"));
    await user.click(await screen.findByTestId("place-take-down-confirm"));
    expect(await screen.findByTestId("place-publish")).toBeInTheDocument();
    await waitFor(() => expect(screen.getByTestId("place-publish")).toHaveFocus());
    expect(desk.of("calendar_take_down")).toHaveLength(1);
  });
});
