"""The hub as a Sparkplug host: it says that it is there, and asks for births that it lacks."""

from __future__ import annotations

import json
import os
import signal
from typing import TYPE_CHECKING

import aiomqtt

from simulators.dialects.sparkplug_payload import FLOAT, metric, payload
from tests.e2e.test_devices import wait_for_feed

if TYPE_CHECKING:
    from tests.support.hub import StartHub
    from tests.support.services import StartMosquitto

STATE = "spBv1.0/STATE/control-room"


async def test_a_host_is_born_with_its_wills_time_and_dies_by_its_will(
    mosquitto: StartMosquitto, start_hub: StartHub
) -> None:
    broker = mosquitto()
    async with aiomqtt.Client(broker.host, broker.port) as other:
        await other.subscribe(STATE, qos=1)
        heard = aiter(other.messages)
        hub = start_hub(mqtt__url=broker.url, mqtt__sparkplug_host="control-room")
        birth = json.loads((await anext(heard)).payload)
        assert birth["online"] is True
        os.kill(hub.pid, signal.SIGKILL)
        death = json.loads((await anext(heard)).payload)
    assert death == {"online": False, "timestamp": birth["timestamp"]}


async def test_a_host_that_stops_says_so_itself(mosquitto: StartMosquitto, start_hub: StartHub) -> None:
    broker = mosquitto()
    hub = start_hub(mqtt__url=broker.url, mqtt__sparkplug_host="control-room")
    await wait_for_feed(hub.base)
    async with aiomqtt.Client(broker.host, broker.port) as other:
        await other.subscribe(STATE, qos=1)
        heard = aiter(other.messages)
        assert json.loads((await anext(heard)).payload)["online"] is True
        hub.terminate()
        assert json.loads((await anext(heard)).payload)["online"] is False


async def test_data_before_its_birth_makes_the_hub_ask_the_node_for_one(
    mosquitto: StartMosquitto, start_hub: StartHub
) -> None:
    broker = mosquitto()
    hub = start_hub(mqtt__url=broker.url)
    await wait_for_feed(hub.base)
    async with aiomqtt.Client(broker.host, broker.port) as node:
        await node.subscribe("spBv1.0/plant/NCMD/press")
        await node.publish("spBv1.0/plant/NDATA/press", payload(metric("force", FLOAT, float=3.5), seq=1))
        asked = await anext(aiter(node.messages))
    assert asked.topic.value == "spBv1.0/plant/NCMD/press"
    assert b"Node Control/Rebirth" in bytes(asked.payload)
    assert not asked.retain
