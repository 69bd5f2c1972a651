//! The kinds of calls: one value, a chunk of items, an expression.

use rquickjs::{ArrayBuffer, Function as JsFunction, Object, Persistent, TypedArray, Value as Js};

use super::answer::{Answers, Evaluated, ItemError, Items, Value};
use super::error::{CallError, Thrown};
use super::function::{Anonymous, Function, Name};
use super::primitive;
use super::session::{Failure, Session, Target};
use super::shared::Halt;
use super::thrown;

/// What the source of an anonymous function is called in its errors.
const FUNCTION_FILE: &str = "function";

/// What an expression is called in its errors.
const EXPRESSION_FILE: &str = "expression";

impl<'js> Session<'_, 'js> {
    /// Calls `function` with one argument.
    pub(super) fn call_once(
        &self,
        function: &Function,
        argument: &Value,
        time_ms: u64,
    ) -> Result<Value, CallError> {
        let target = self.target(function, time_ms)?;
        self.shared.start_random(0);
        let called = self
            .argument(argument)
            .and_then(|argument| self.call(&target, argument))
            .and_then(|result| self.result(result));
        let value = called.map_err(|failure| self.error(failure, time_ms, CallError::Threw))?;
        let bytes = match &value {
            Value::Json(json) => json.len(),
            Value::Bytes(bytes) => bytes.len(),
        };
        self.check_output(bytes, time_ms)?;
        Ok(value)
    }

    /// Calls `function` with each of `items`. The error, when there is one, ended the chunk.
    pub(super) fn call_many(
        &self,
        function: &Function,
        items: &Items,
        time_ms: u64,
    ) -> (Answers, Result<(), CallError>) {
        let mut answers = Answers::default();
        let ended = self.target(function, time_ms).and_then(|target| {
            answers.lines.reserve(items.lines.len().min(self.shared.limits.output_bytes));
            self.call_each(&target, items, time_ms, &mut answers)
        });
        (answers, ended)
    }

    fn call_each(
        &self,
        target: &Target<'js>,
        items: &Items,
        time_ms: u64,
        answers: &mut Answers,
    ) -> Result<(), CallError> {
        let mut error_bytes = 0;
        for line in lines(&items.lines) {
            let index = items.first_index.saturating_add(answers.items);
            self.shared.start_random(index);
            match self.call_item(target, line, &mut answers.lines) {
                Ok(()) => {}
                Err(Failure::Threw(source)) => {
                    error_bytes += bytes_of(&source);
                    answers.errors.push(ItemError { index, source });
                }
                Err(failure) => return Err(self.error(failure, time_ms, CallError::Threw)),
            }
            self.check_output(answers.lines.len() + error_bytes, time_ms)?;
            answers.lines.push('\n');
            answers.items += 1;
            if items.stop_at_error && !answers.errors.is_empty() {
                break;
            }
        }
        Ok(())
    }

    /// Appends the result of one item to `to`, as JSON.
    fn call_item(&self, target: &Target<'js>, line: &str, to: &mut String) -> Result<(), Failure> {
        let argument = match primitive::read(self.ctx, line) {
            Some(argument) => argument,
            None => self.parse(line)?,
        };
        let result = self.call(target, argument)?;
        if !primitive::write(&result, to) {
            to.push_str(self.stringify(result)?.as_deref().unwrap_or("null"));
        }
        Ok(())
    }

    /// The value of an expression, or of the last of several statements.
    pub(super) fn evaluate(&self, source: &str, time_ms: u64) -> Result<Evaluated, CallError> {
        self.shared.start_random(0);
        let evaluated = self.evaluate_source(source).and_then(|value| {
            let text: String = self.checked(self.tool("print", (value.clone(),)))?;
            // What cannot be written as JSON has a text only.
            let json = match self.stringify(value) {
                Ok(json) => json,
                Err(Failure::Threw(_)) => None,
                Err(other) => return Err(other),
            };
            Ok((text, json))
        });
        let (text, json) =
            evaluated.map_err(|failure| self.error(failure, time_ms, CallError::Threw))?;
        self.check_output(text.len() + json.as_ref().map_or(0, String::len), time_ms)?;
        Ok(Evaluated { text, json })
    }

    fn evaluate_source(&self, source: &str) -> Result<Js<'js>, Failure> {
        // `{a: 1}` is a block with a label to the engine and an object to people.
        if source.trim_start().starts_with('{') {
            match self.evaluate_script(format!("({source}\n)"), "(".len()) {
                Err(Failure::Threw(Thrown { location: Some(_), .. })) => {}
                other => return other,
            }
        }
        self.evaluate_script(source.into(), 0)
    }

    fn evaluate_script(&self, source: String, prefix: usize) -> Result<Js<'js>, Failure> {
        let value = match self.checked(self.script(EXPRESSION_FILE, source, true)) {
            Err(Failure::Threw(thrown)) => {
                return Err(Failure::Threw(thrown::located(thrown, EXPRESSION_FILE, prefix)));
            }
            other => self.settled(other?)?,
        };
        // A script that may wait gives an object with its value.
        let value = match value.as_object() {
            Some(object) => self.checked(object.get("value"))?,
            None => value,
        };
        self.settled(value)
    }

    /// Finds or compiles what is to be called.
    fn target(&self, function: &Function, time_ms: u64) -> Result<Target<'js>, CallError> {
        match function {
            Function::Named(name) => self.named(name, time_ms),
            Function::Anonymous(anonymous) => self.anonymous(anonymous, time_ms),
        }
    }

    fn named(&self, name: &Name, time_ms: u64) -> Result<Target<'js>, CallError> {
        let unknown = || CallError::Unknown { name: name.as_str().into() };
        let mut object = Js::new_undefined(self.ctx.clone());
        let mut found = self.ctx.globals().into_value();
        for step in name.steps() {
            let parent: &Object<'js> = found.as_object().ok_or_else(unknown)?;
            let next = self
                .checked(parent.get::<_, Js<'js>>(step))
                .map_err(|failure| self.error(failure, time_ms, CallError::Threw))?;
            object = std::mem::replace(&mut found, next);
        }
        if found.is_undefined() {
            return Err(unknown());
        }
        let function = found.into_function();
        let not_a_function = || CallError::NotAFunction { name: name.as_str().into() };
        Ok(Target { function: function.ok_or_else(not_a_function)?, object })
    }

    fn anonymous(&self, anonymous: &Anonymous, time_ms: u64) -> Result<Target<'js>, CallError> {
        let object = Js::new_undefined(self.ctx.clone());
        let known = self.compiled.borrow_mut().get(anonymous.id());
        if let Some(Ok(function)) = known.map(|function| function.restore(self.ctx)) {
            return Ok(Target { function, object });
        }
        let function = self
            .compile(anonymous)
            .map_err(|failure| self.error(failure, time_ms, CallError::Source))?;
        let kept = Persistent::save(self.ctx, function.clone());
        self.compiled.borrow_mut().keep(anonymous.id(), kept);
        Ok(Target { function, object })
    }

    /// Makes a function with the captured values as the arguments of one around it.
    fn compile(&self, anonymous: &Anonymous) -> Result<JsFunction<'js>, Failure> {
        let names = anonymous.names().join(",");
        let prefix = format!("(({{{names}}})=>(");
        let source = anonymous.source().trim_end().trim_end_matches(';');
        let script = format!("{prefix}{source}\n))");
        let around = match self.checked(self.script(FUNCTION_FILE, script, false)) {
            Err(Failure::Threw(thrown)) => {
                return Err(Failure::Threw(thrown::located(thrown, FUNCTION_FILE, prefix.len())));
            }
            other => other?,
        };
        let captured = self.parse(anonymous.captured())?;
        let around = around.into_function().ok_or_else(not_a_function)?;
        let made: Js<'js> = self.checked(around.call((captured,)))?;
        made.into_function().ok_or_else(not_a_function)
    }

    fn argument(&self, argument: &Value) -> Result<Js<'js>, Failure> {
        match argument {
            Value::Json(json) => self.parse(json),
            Value::Bytes(bytes) => {
                let array = TypedArray::<u8>::new_copy(self.ctx.clone(), bytes);
                self.checked(array.map(TypedArray::into_value))
            }
        }
    }

    fn result(&self, result: Js<'js>) -> Result<Value, Failure> {
        match bytes(&result) {
            Some(bytes) => Ok(Value::Bytes(bytes)),
            None => Ok(Value::Json(self.stringify(result)?.unwrap_or_else(|| "null".into()))),
        }
    }

    fn parse(&self, json: &str) -> Result<Js<'js>, Failure> {
        // The engine adds a zero; with room for it the bytes are copied once.
        let mut bytes = Vec::with_capacity(json.len() + 1);
        bytes.extend_from_slice(json.as_bytes());
        self.checked(self.ctx.json_parse(bytes)).map_err(|failure| match failure {
            Failure::Threw(thrown) => Failure::Threw(Thrown {
                message: format!("the argument is not JSON: {}", thrown.message),
                stack: String::new(),
                ..thrown
            }),
            other => other,
        })
    }

    /// `None` for what JSON has no word for.
    fn stringify(&self, value: Js<'js>) -> Result<Option<String>, Failure> {
        match self.checked(self.ctx.json_stringify(value))? {
            Some(json) => self.checked(json.to_string()).map(Some),
            None => Ok(None),
        }
    }

    fn check_output(&self, bytes: usize, time_ms: u64) -> Result<(), CallError> {
        let limits = &self.shared.limits;
        if bytes > limits.output_bytes {
            return Err(self.shared.halt(Halt::Output).error(limits, time_ms));
        }
        Ok(())
    }
}

/// The lines of a chunk. An empty line between others is an item too, and fails.
fn lines(text: &str) -> impl Iterator<Item = &str> {
    text.strip_suffix('\n')
        .or((!text.is_empty()).then_some(text))
        .into_iter()
        .flat_map(|text| text.split('\n'))
}

fn bytes_of(thrown: &Thrown) -> usize {
    size_of_val(thrown) + thrown.name.len() + thrown.message.len() + thrown.stack.len()
}

fn not_a_function() -> Failure {
    Failure::Threw(Thrown {
        name: "TypeError".into(),
        message: "the source is not a function expression".into(),
        stack: String::new(),
        location: None,
    })
}

/// A copy of the bytes of a `Uint8Array` or `ArrayBuffer`.
fn bytes(value: &Js<'_>) -> Option<Vec<u8>> {
    let object = value.as_object()?;
    #[expect(unsafe_code, reason = "the engine gives bytes by reference into its memory")]
    // SAFETY: the bytes are copied at once, and no script runs before that.
    unsafe {
        if let Ok(array) = TypedArray::<u8>::from_object(object.clone()) {
            return array.as_bytes().map(<[u8]>::to_vec);
        }
        if let Some(buffer) = ArrayBuffer::from_object(object.clone()) {
            return buffer.as_bytes().map(<[u8]>::to_vec);
        }
    }
    // The engine throws when asked for the bytes of something else.
    drop(value.ctx().catch());
    None
}
