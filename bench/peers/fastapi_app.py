"""The FastAPI peer: uvicorn fastapi_app:app, with DATABASE naming the file.

The work of Hark's routes as a careful Python team would write it with SQLAlchemy's ORM. Two
mercies: a pool (SQLAlchemy 1.4 opens a file database anew for every request), and a lock around the
write, without which SQLite's busy handler sleeps.
"""
import json
import os
import threading
import time
from pathlib import Path
from typing import Optional

from fastapi import Depends, FastAPI, Header, HTTPException
from pydantic import BaseModel, Field
from sqlalchemy import Column, Integer, String, create_engine, event, func
from sqlalchemy.orm import declarative_base, sessionmaker
from sqlalchemy.pool import QueuePool

engine = create_engine(f"sqlite:///{os.environ['DATABASE']}", poolclass=QueuePool, pool_size=40,
                       connect_args={"check_same_thread": False, "timeout": 30})
new_session = sessionmaker(engine, expire_on_commit=False)
write_lock = threading.Lock()
Base = declarative_base()


@event.listens_for(engine, "connect")
def set_pragmas(connection, _record):
    connection.execute("PRAGMA journal_mode = WAL")
    connection.execute("PRAGMA synchronous = FULL")


class Feedback(Base):
    __tablename__ = "feedback"
    id = Column(Integer, primary_key=True)
    tenant_id = Column(Integer, nullable=False)
    text = Column(String, nullable=False)
    source = Column(String)
    rating = Column(Integer)
    customer = Column(String)
    sentiment = Column(String)
    topic = Column(String)
    status = Column(String, nullable=False, default="completed")
    created_at = Column(Integer, nullable=False)


class Event(Base):
    __tablename__ = "events"
    id = Column(Integer, primary_key=True)
    tenant_id = Column(Integer, nullable=False)
    kind = Column(String, nullable=False)
    feedback_id = Column(Integer, nullable=False)
    body = Column(String, nullable=False)
    created_at = Column(Integer, nullable=False)


class NewFeedback(BaseModel):
    text: str = Field(min_length=1, max_length=5000)
    source: Optional[str] = Field(None, max_length=64)
    rating: Optional[int] = Field(None, ge=1, le=5)
    customer: Optional[str] = Field(None, max_length=256)

    class Config:
        extra = "forbid"


def check_key(x_api_key: str = Header("")):
    if x_api_key != "bench-key":
        raise HTTPException(401, "no key")


with engine.begin() as start:
    start.connection.executescript(Path(__file__).with_name("schema.sql").read_text())
app = FastAPI()


@app.get("/readyz")
def readyz():
    return {"status": "ready"}


@app.post("/v1/feedback", status_code=201, dependencies=[Depends(check_key)])
def add_feedback(new: NewFeedback):
    now = int(time.time() * 1e6)
    item = Feedback(tenant_id=1, created_at=now, **new.dict())
    with write_lock, new_session() as session:
        session.add(item)
        session.flush()
        session.add(Event(tenant_id=1, kind="feedback.created", feedback_id=item.id,
                          body=json.dumps({"id": item.id, "text": item.text}), created_at=now))
        session.commit()
    return {"id": item.id, "text": item.text, "status": item.status}


@app.get("/v1/feedback/{id}", dependencies=[Depends(check_key)])
def get_feedback(id: int):
    with new_session() as session:
        item = session.get(Feedback, id)
        if item is None:
            raise HTTPException(404, "no such feedback")
        return {"id": item.id, "text": item.text, "status": item.status}


@app.get("/v1/dashboard/stats", dependencies=[Depends(check_key)])
def get_stats():
    with new_session() as session:
        rows = (session.query(Feedback.sentiment, Feedback.topic, func.count())
                .filter(Feedback.tenant_id == 1)
                .group_by(Feedback.sentiment, Feedback.topic).all())
    stats = {"total": 0, "sentiment": {}, "topic": {}}
    for sentiment, topic, count in rows:
        stats["total"] += count
        stats["sentiment"][sentiment] = stats["sentiment"].get(sentiment, 0) + count
        stats["topic"][topic] = stats["topic"].get(topic, 0) + count
    return stats
