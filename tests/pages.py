"""Reads what a page shows, the way a person would: its form, its errors, its messages."""

from typing import Any

from bs4 import BeautifulSoup


def soup(answer: Any) -> BeautifulSoup:
    """The page of an answer."""
    return BeautifulSoup(answer.content, "html.parser")


def words(answer: Any) -> str:
    """What its main part says, on one line."""
    return " ".join(soup(answer).main.get_text(" ").split())


def form_on(answer: Any) -> dict[str, Any]:
    """What the browser would send from this page, were the first button pressed."""
    sent: dict[str, Any] = {}
    for control in soup(answer).select("main form [name]"):
        name, kind = control["name"], control.get("type")
        if control.name == "button" or kind == "file":
            continue
        if kind in ("checkbox", "radio"):
            if control.has_attr("checked"):
                sent.setdefault(name, []).append(control.get("value", "on"))
        elif control.name == "select":
            chosen = control.select_one("option[selected]")
            sent[name] = chosen["value"] if chosen else ""
        elif control.name == "textarea":
            sent[name] = control.text.removeprefix("\n")
        else:
            sent[name] = control.get("value", "")
    sent.pop("csrfmiddlewaretoken", None)
    return sent


def errors_on(answer: Any) -> list[str]:
    return [item.text.strip() for item in soup(answer).select(".errors li")]


def messages_on(answer: Any) -> list[str]:
    return [" ".join(item.text.split()) for item in soup(answer).select("[role=status] .notice")]


def change_calendar(client: Any, page: str, move: tuple[Any, ...] = (), **day: str) -> Any:
    """An administrator's change of a closed day, after the page that asks; follows the answer."""
    address = f"/admin/portal/officeclosure/{page}"
    asked = soup(client.post(address, day))
    hidden = asked.select("#content form input[type=hidden]")
    sent = {one["name"]: one["value"] for one in hidden if one["name"] != "csrfmiddlewaretoken"}
    return client.post(address, sent | {"move": list(move)}, follow=True)
