"""What the OpenAPI document can't say of valid calls, said to Schemathesis."""

import schemathesis


@schemathesis.hook
def map_case(context, case):
    meta = case.meta
    if meta and meta.generation.mode.is_positive:
        if not (case.headers or {}).get("If-Match", '""').startswith('"'):
            del case.headers["If-Match"]  # made up without a look at its pattern
        query = case.query or {}
        query.pop("after", None)  # made by the server, never by a caller
        if "min_fees" in query:
            query.pop("max_fees", None)  # never below the other
        body = case.body if isinstance(case.body, dict) else {}
        if isinstance(body.get("fees"), float):
            body["fees"] = round(body["fees"], 2)  # 57 * 0.01 isn't 0.57
    return case
