"""Makes the calls of a plan through LiteLLM's SDK, one after the other.

    calls.py PLAN PAYLOADS

PLAN is {"providerUrl", "callback": the name of the logger that is recorded, "scenarios"}. What LiteLLM's
StandardLoggingPayload says of each call goes to the file PAYLOADS, as a JSON array.
"""

import asyncio
import json
import sys
import time

import litellm
from litellm.caching.caching import Cache, CacheMode
from litellm.integrations.custom_logger import CustomLogger
from opentelemetry import trace
from opentelemetry._logs import get_logger_provider

PATIENCE_SECONDS = 30


class Payloads(CustomLogger):
    """Keeps the payload of each call, and so tells when the loggers before it have had theirs."""

    def __init__(self):
        super().__init__()
        self.payloads = {}

    def keep(self, kwargs):
        payload = kwargs.get("standard_logging_object")
        # A stream is reported with every chunk, and complete at its end alone.
        if payload is not None:
            self.payloads.setdefault(kwargs["litellm_call_id"], payload)

    def log_success_event(self, kwargs, response_obj, start_time, end_time):
        self.keep(kwargs)

    def log_failure_event(self, kwargs, response_obj, start_time, end_time):
        self.keep(kwargs)

    async def async_log_success_event(self, kwargs, response_obj, start_time, end_time):
        self.keep(kwargs)

    async def async_log_failure_event(self, kwargs, response_obj, start_time, end_time):
        self.keep(kwargs)


def arguments(scenario, provider):
    base = provider if scenario["model"].startswith("anthropic/") else f"{provider}/v1"
    sent = {"messages": "input"} if scenario.get("api") == "responses" else {}
    content = {sent.get(key, key): scenario[key] for key in ("messages", "input") if key in scenario}
    return {
        "model": scenario["model"],
        "api_base": base,
        "api_key": "no-key",
        "max_retries": 0,
        **content,
        **scenario.get("options", {}),
    }


FUNCTIONS = {"chat": "completion", "embedding": "embedding", "responses": "responses"}


async def make(scenario, provider):
    asynchronous = scenario.get("async", False)
    function = getattr(litellm, ("a" if asynchronous else "") + FUNCTIONS[scenario.get("api", "chat")])
    given = arguments(scenario, provider)
    try:
        if not asynchronous:
            await asyncio.to_thread(function, **given)
            return
        answer = await function(**given)
        if given.get("stream"):
            async for _ in answer:
                pass
    except Exception as error:  # an error is what some scenarios are for
        print(f"{scenario['name']}: {type(error).__name__}", file=sys.stderr)


def flush():
    for exporting in (trace.get_tracer_provider(), get_logger_provider()):
        if hasattr(exporting, "force_flush"):
            exporting.force_flush()


async def main():
    plan_file, payloads_file = sys.argv[1:]
    with open(plan_file) as file:
        plan = json.load(file)
    provider, callback, scenarios = plan["providerUrl"], plan["callback"], plan["scenarios"]
    payloads = Payloads()
    litellm.cache = Cache(type="local", mode=CacheMode.default_off)
    if callback == "traceloop":
        litellm.success_callback = litellm.failure_callback = [callback]
        litellm.callbacks = [payloads]
    else:
        litellm.callbacks = [callback, payloads]
    for number, scenario in enumerate(scenarios, start=1):
        await make(scenario, provider)
        patience = time.monotonic() + PATIENCE_SECONDS
        while len(payloads.payloads) < number:
            if time.monotonic() > patience:
                sys.exit(f"{scenario['name']} was not logged within {PATIENCE_SECONDS} s")
            await asyncio.sleep(0.02)
        # A record that cannot be encoded takes its batch with it, so every call has its own.
        flush()
    with open(payloads_file, "w") as file:
        json.dump(list(payloads.payloads.values()), file, default=str)


asyncio.run(main())
