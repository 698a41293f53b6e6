"""Topic filters: which devices a rule of a scenario is about, written as MQTT writes it."""


def matches(pattern: str, topic: str) -> bool:
    """Whether a topic filter matches a topic.

    Args:
        pattern: Levels joined by `/`; `+` stands for one level, a last `#` for any number of them, none included.
        topic: A topic or device id.

    References:
        MQTT 3.1.1 §4.7.
    """
    wanted, levels = pattern.split("/"), topic.split("/")
    for index, level in enumerate(wanted):
        if level == "#":
            return True
        if index >= len(levels) or level not in {"+", levels[index]}:
            return False
    return len(wanted) == len(levels)


def is_filter(pattern: str) -> bool:
    """Whether a text is a valid topic filter.

    Args:
        pattern: Any text.
    """
    levels = pattern.split("/")
    wild = [level for level in levels if "#" in level or "+" in level]
    return bool(pattern) and all(level in {"+", "#"} for level in wild) and "#" not in levels[:-1]
