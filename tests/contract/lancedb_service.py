"""A stand-in for LanceDB's own service: its remote protocol over HTTP on this machine, over a LanceDB in a folder.

It takes what the remote client of LanceDB sends (as that is in 0.40), and refuses what it does not know. It shows how
telltale behaves at that seam, not how the service does.
"""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import lancedb
import pyarrow as pa
from lance.schema import schema_to_json
from lancedb.index import FTS, Bitmap, BTree

KEY = "sk_hunter22"  # the one that is let in
_INDEXES: dict[str, Any] = {"BTREE": BTree, "BITMAP": Bitmap, "FTS": FTS}
_NOT_MERGED = "when_not_matched_by_source_delete"


class Refused(Exception):
    """An answer that is no success."""

    def __init__(self, status: int, said: str) -> None:
        super().__init__(said)
        self.status = status


class Service:
    """The tables of one project, and what was asked of them."""

    def __init__(self, folder: Path) -> None:
        self.folder, self._connection = folder, lancedb.connect(folder)
        self.calls: list[str] = []
        self.keeps_keys = True  # that a table's schema declares
        self.failing: list[str] = []  # calls that are done, and then answered as a gateway does that lost the answer

    def tables(self) -> list[str]:
        """Their names."""
        return sorted(path.stem for path in self.folder.glob("*.lance"))

    def table(self, name: str) -> Any:
        """A table as it is on disk."""
        return self._connection.open_table(name)

    def answer(self, name: str, call: str, query: list[tuple[str, str]], body: bytes, key: str) -> Any:
        """What the service says to a call for a table."""
        if key != KEY:
            raise Refused(401, f"the key {key} is not known")
        self.calls.append(call)
        if call == "create":
            return self._create(name, dict(query), body)
        if name not in self.tables():
            raise Refused(404, f"table {name} not found")
        told = json.loads(body) if body.startswith(b"{") else {}
        table = self.table(name)
        if told.get("version") is not None:
            table.checkout(told["version"])
        answered = self._answer(table, call, query, told, body)
        if call in self.failing:
            self.failing.remove(call)
            raise Refused(502, "bad gateway")
        return answered

    def _create(self, name: str, query: dict[str, str], body: bytes) -> Any:
        if name in self.tables() and query.get("mode") != "exist_ok":
            raise Refused(400, f"table {name} already exists")
        schema = pa.ipc.open_stream(body).schema
        told = schema if self.keeps_keys else pa.schema([field.remove_metadata() for field in schema])
        self._connection.create_table(name, schema=told, exist_ok=True)
        return {"version": 1}

    def _answer(self, table: Any, call: str, query: list[tuple[str, str]], told: Any, body: bytes) -> Any:  # noqa: PLR0911
        match call:
            case "describe":
                return {"version": table.version, "schema": schema_to_json(table.schema)}
            case "count_rows":
                return table.count_rows(told.get("predicate"))
            case "stats":
                return table.stats()
            case "query":
                return _found(table, told)
            case "merge_insert":
                return _merged(table, query, pa.ipc.open_stream(body).read_all())
            case "delete":
                return {"num_deleted_rows": table.delete(told["predicate"]).num_deleted_rows, "version": table.version}
            case "update":
                table.update(where=told["predicate"], values_sql=dict(told["updates"]))
                return {"version": table.version}
            case "create_index":
                table.create_index(told["column"], config=_index(told))
                return {}
            case "index/list":
                return {"indexes": [_told(index) for index in table.list_indices()]}
        raise Refused(501, f"the stand-in does not know {call}")


def _merged(table: Any, query: list[tuple[str, str]], rows: Any) -> Any:
    asked = dict(query)
    merging = table.merge_insert([value for name, value in query if name == "on"])
    merging = merging.use_index(asked.get("use_index") != "false")
    if asked["when_matched_update_all"] == "true":
        merging = merging.when_matched_update_all()
    if asked["when_not_matched_insert_all"] == "true":
        merging = merging.when_not_matched_insert_all()
    if asked[_NOT_MERGED] == "true":
        merging = merging.when_not_matched_by_source_delete(asked[f"{_NOT_MERGED}_filt"])
    found = merging.execute(rows)
    names = ("num_inserted_rows", "num_updated_rows", "num_deleted_rows")
    return {"version": table.version} | {name: getattr(found, name) for name in names}


def _found(table: Any, told: Any) -> Any:
    """The rows that a query asks for, as an Arrow file."""
    if words := told.get("full_text_query"):
        asked = table.search(words["query"], query_type="fts", fts_columns=words["columns"][0])
    elif told["vector"]:
        asked = table.search(told["vector"], vector_column_name=told["vector_column"])
        asked = asked.distance_type(told["distance_type"])
    else:
        asked = table.search()
    asked = asked.where(told["filter"]) if told.get("filter") else asked
    asked = asked.select(told["columns"]) if told.get("columns") is not None else asked
    found = asked.with_row_id(bool(told.get("with_row_id"))).limit(min(told["k"], 2**31 - 1)).to_arrow()
    sink = pa.BufferOutputStream()
    with pa.ipc.new_file(sink, found.schema) as writer:
        writer.write_table(found)
    return sink.getvalue().to_pybytes()


def _index(told: Any) -> Any:
    if told["index_type"] == "FTS":
        return FTS(with_position=told["with_position"], stem=told["stem"], remove_stop_words=told["remove_stop_words"])
    return _INDEXES[told["index_type"]]()


def _told(index: Any) -> Any:
    return {
        "index_name": index.name,
        "columns": list(index.columns),
        "index_type": {"BTree": "BTREE", "Bitmap": "BITMAP"}.get(str(index.index_type), str(index.index_type)),
        "num_indexed_rows": index.num_indexed_rows,
        "num_unindexed_rows": index.num_unindexed_rows,
    }


@contextmanager
def serving(folder: Path) -> Iterator[tuple[str, Service]]:
    """The address of the stand-in, and what it holds."""
    service = Service(folder)

    class Asked(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        wbufsize = 2**16  # headers and body in one packet: two wait for each other

        def do_POST(self) -> None:
            address = urlsplit(self.path)
            body = self._body()
            try:
                _, _, name, *call = address.path.strip("/").split("/")
                self._say(200, service.answer(name, "/".join(call), parse_qsl(address.query), body, self._key()))
            except Refused as refused:
                self._say(refused.status, {"error": str(refused)})
            except Exception as error:  # noqa: BLE001 - as a server does
                self._say(500, {"error": str(error)})

        def _key(self) -> str:
            return self.headers.get("x-api-key", "")

        def _body(self) -> bytes:
            if self.headers.get("Transfer-Encoding", "").lower() != "chunked":
                return self.rfile.read(int(self.headers.get("Content-Length") or 0))
            parts = []
            while size := int(self.rfile.readline().split(b";")[0], 16):
                parts.append(self.rfile.read(size))
                self.rfile.readline()
            self.rfile.readline()
            return b"".join(parts)

        def _say(self, status: int, said: Any) -> None:
            packed = said if isinstance(said, bytes) else json.dumps(said).encode()
            self.send_response(status)
            kind = "application/vnd.apache.arrow.file" if isinstance(said, bytes) else "application/json"
            self.send_header("Content-Type", kind)
            self.send_header("Content-Length", str(len(packed)))
            self.end_headers()
            self.wfile.write(packed)

        def log_message(self, *_: Any) -> None:
            """Say nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Asked)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}", service
    server.shutdown()
    server.server_close()
