//! One connection: reads commands, lets them be done, and sends the replies.

use std::io;
use std::sync::Arc;
use std::sync::atomic::Ordering;

use bytes::{Bytes, BytesMut};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use super::args::Args;
use super::clients::Client;
use super::command::{Action, Spec};
use super::error::ErrorReply;
use super::order::{Order, Replies};
use super::reply::Printer;
use super::request::Input;
use super::run::{self, Run};
use super::session::Session;
use super::shared::{Desk, Shared};
use super::table;
use crate::limits;

/// One connection.
#[derive(Debug)]
pub(super) struct Connection {
    pub(super) stream: TcpStream,
    pub(super) input: Input,
    pub(super) printer: Printer,
    pub(super) run: Run,
    pub(super) session: Session,
    pub(super) shared: Arc<Shared>,
    pub(super) client: Arc<Client>,
}

impl Connection {
    pub(super) fn new(stream: TcpStream, shared: Arc<Shared>, client: Arc<Client>) -> Self {
        let session = Session { is_trusted: shared.token.is_none(), ..Session::default() };
        let mut input = Input::default();
        input.trust(session.is_trusted);
        let (printer, run) = (Printer::default(), Run::default());
        Self { stream, input, printer, run, session, shared, client }
    }

    /// Serves the client until it goes or must go.
    pub(super) async fn serve(mut self) {
        if let Err(error) = self.converse().await {
            tracing::debug!(client = self.client.id, %error, "connection lost");
        }
    }

    async fn converse(&mut self) -> io::Result<()> {
        loop {
            self.commands().await?;
            self.run().await?;
            self.show();
            self.flush().await?;
            if self.session.is_over || self.client.is_ending() {
                return self.stream.shutdown().await;
            }
            let Self { stream, input, session, client, .. } = self;
            tokio::select! {
                read = stream.read_buf(input.room()) => if read? == 0 {
                    return Ok(());
                },
                message = session.heard() => self.tell(&message),
                () = client.called() => {}
            }
        }
    }

    /// Takes all commands that have arrived.
    async fn commands(&mut self) -> io::Result<()> {
        while !self.session.is_over && !self.client.is_ending() {
            match self.input.next() {
                Ok(Some(words)) => self.take(words).await?,
                Ok(None) => return Ok(()),
                Err(error) => {
                    self.run().await?;
                    self.printer.error(&ErrorReply::new(format!("ERR Protocol error: {error}")));
                    self.session.is_over = true;
                }
            }
        }
        Ok(())
    }

    async fn take(&mut self, words: Vec<Bytes>) -> io::Result<()> {
        self.shared.commands.fetch_add(1, Ordering::Relaxed);
        if self.session.replies == Replies::All {
            return self.obey(words).await;
        }
        // What is printed from here on may be thrown away.
        self.run().await?;
        self.flush().await?;
        self.session.replies = match self.session.replies {
            Replies::SkipNext => Replies::Skip,
            other => other,
        };
        self.obey(words).await?;
        self.run().await?;
        if self.session.replies != Replies::All {
            self.printer.out().clear();
        }
        if self.session.replies == Replies::Skip {
            self.session.replies = Replies::All;
        }
        Ok(())
    }

    async fn obey(&mut self, words: Vec<Bytes>) -> io::Result<()> {
        let spec = match self.admit(&words) {
            Ok(spec) => spec,
            Err(refused) => {
                self.session.spoil();
                self.run().await?;
                let is_exec = words.first().is_some_and(|name| name.eq_ignore_ascii_case(b"exec"));
                self.refuse(refused, is_exec);
                return Ok(());
            }
        };
        let bytes = run::weight(&words);
        if self.shared.pause.is_on() && !matches!(spec.container(), "client") {
            self.run().await?;
            self.flush().await?;
            self.shared.pause.over(spec.is_held_as_write()).await;
        }
        let reads = self
            .session
            .tracked
            .as_ref()
            .map_or_else(Vec::new, |tracked| tracked.reads(spec, &words));
        let mut words = words.into_iter();
        words.next();
        if spec.name.contains('|') {
            words.next();
        }
        let desk = Desk { shared: &self.shared, name: spec.container() };
        let action = (spec.parse)(&mut Args::new(words), &desk);
        if self.session.queues(&action) {
            self.session.queue(spec.container(), action, bytes, reads);
            self.printer.simple("QUEUED");
            return Ok(());
        }
        self.remember(reads);
        let is_about_next = spec.name == "client|caching";
        self.act(spec, action, bytes).await?;
        if let Some(tracked) = &mut self.session.tracked
            && !is_about_next
            && self.session.queue.is_none()
        {
            tracked.forget_caching();
        }
        Ok(())
    }

    /// Says that a command was not admitted; an `EXEC` that was not ends its transaction.
    fn refuse(&mut self, ErrorReply(text): ErrorReply, is_exec: bool) {
        if !is_exec {
            return self.printer.error(&ErrorReply(text));
        }
        self.session.queue = None;
        self.session.watched.clear();
        let reason = text.strip_prefix("ERR ").unwrap_or(&text);
        let aborted = format!("EXECABORT Transaction discarded because of: {reason}");
        self.printer.error(&ErrorReply::new(aborted));
    }

    /// The command that these words begin, if it may be given now.
    fn admit(&mut self, words: &[Bytes]) -> Result<&'static Spec, ErrorReply> {
        let spec = table::resolve(words)?;
        let is_greeting = matches!(spec.name, "auth" | "hello" | "quit" | "reset");
        if !self.session.is_trusted && !is_greeting {
            return Err(ErrorReply::fixed("NOAUTH Authentication required."));
        }
        self.session.last_command = spec.name;
        self.session.check_listening(spec.name, self.printer.protocol)?;
        Ok(spec)
    }

    async fn act(
        &mut self,
        spec: &'static Spec,
        action: Result<Action, ErrorReply>,
        bytes: usize,
    ) -> io::Result<()> {
        match action {
            Ok(Action::Data(data)) => {
                if self.run.is_full(&data, bytes) {
                    self.run().await?;
                    self.flush_much().await?;
                }
                self.run.push(spec.container(), data, bytes);
                return Ok(());
            }
            action => {
                self.run().await?;
                match action {
                    Ok(Action::Block(block)) => self.block(spec.container(), block).await?,
                    Ok(Action::Order(order)) => self.order(order).await?,
                    Ok(Action::Reply(reply)) => self.printer.reply(&reply),
                    Ok(Action::Data(_)) => {}
                    Err(refused) => self.printer.error(&refused),
                }
            }
        }
        self.flush_much().await
    }

    async fn order(&mut self, order: Order) -> io::Result<()> {
        match order {
            Order::Multi => self.multi(),
            Order::Exec => return self.exec().await,
            Order::Discard => self.discard(),
            Order::Watch(names) => self.watch(names).await,
            other => return self.simple_order(other).await,
        }
        Ok(())
    }

    /// Sends what was printed, when it is much.
    pub(super) async fn flush_much(&mut self) -> io::Result<()> {
        if self.printer.out().len() < limits::ANSWERS_BYTES {
            return Ok(());
        }
        self.flush().await
    }

    pub(super) async fn flush(&mut self) -> io::Result<()> {
        let out = self.printer.out();
        if !out.is_empty() {
            tokio::select! {
                biased;
                written = self.stream.write_all(out) => written?,
                () = self.client.is_cut() => return Err(io::ErrorKind::ConnectionAborted.into()),
            }
            out.clear();
        }
        if out.capacity() > 2 * limits::ANSWERS_BYTES {
            // One large answer must not cost memory for ever.
            *out = BytesMut::new();
        }
        Ok(())
    }

    /// Lets `CLIENT LIST` show how the connection is.
    fn show(&self) {
        let now_ms = self.shared.clock.monotonic_ms();
        let mut shown = self.client.shown();
        shown.command = self.session.last_command;
        shown.heard_ms = now_ms;
        shown.protocol = self.printer.protocol;
        self.session.show(&mut shown);
    }
}

impl Drop for Connection {
    fn drop(&mut self) {
        self.ignore_all();
        self.shared.clients.leave(self.client.id);
    }
}
