// The part of a context that is written in JavaScript: `console`, `thorp`, timers, and how values
// and errors are shown. It runs before any other code and keeps what it needs of the built-in
// objects, so that a script that changes them harms itself only.
(function (native, limits, node, services) {
  'use strict';

  const { apply, ownKeys } = Reflect;
  const { defineProperty, getOwnPropertyDescriptor, getPrototypeOf, freeze, keys } = Object;
  const { isArray } = Array;
  const { parse, stringify } = JSON;
  const { ceil, max, min } = Math;
  const uncurry = Function.prototype.bind.bind(Function.prototype.call);
  const slice = uncurry(String.prototype.slice);
  const wellFormed = uncurry(String.prototype.toWellFormed);
  const copyElements = uncurry(Array.prototype.slice);
  const isoDate = uncurry(Date.prototype.toISOString);
  const functionText = uncurry(Function.prototype.toString);
  const mapGet = uncurry(Map.prototype.get);
  const mapSet = uncurry(Map.prototype.set);
  const mapDelete = uncurry(Map.prototype.delete);
  const mapClear = uncurry(Map.prototype.clear);
  const mapEach = uncurry(Map.prototype.forEach);
  const mapSize = uncurry(getOwnPropertyDescriptor(Map.prototype, 'size').get);
  const setAdd = uncurry(Set.prototype.add);
  const setHas = uncurry(Set.prototype.has);
  const setDelete = uncurry(Set.prototype.delete);
  const setEach = uncurry(Set.prototype.forEach);
  const setSize = uncurry(getOwnPropertyDescriptor(Set.prototype, 'size').get);
  const TypedArray = getPrototypeOf(Uint8Array);
  const tagOfTyped = uncurry(
    getOwnPropertyDescriptor(TypedArray.prototype, Symbol.toStringTag).get);
  const bufferSize = uncurry(getOwnPropertyDescriptor(ArrayBuffer.prototype, 'byteLength').get);

  const global = globalThis;
  const define = (object, name, value) =>
    defineProperty(object, name,
      { __proto__: null, value, writable: true, enumerable: false, configurable: true });

  // --- how values are shown -------------------------------------------------------------------

  const LEVELS_MAX = 6;
  const ELEMENTS_MAX = 100;
  const VALUES_MAX = 10000;

  const orUndefined = (read, object) => {
    try { return read(object); } catch { return undefined; }
  };

  const text = (value) => {
    try { return wellFormed(slice(`${value}`, 0, limits.text)); } catch { /* below */ }
    try { return wellFormed(slice(String(value), 0, limits.text)); } catch { return '(unprintable)'; }
  };

  const showList = (state, open, close, count, each) => {
    let shown = open;
    let index = 0;
    each((value) => {
      if (index < ELEMENTS_MAX) shown += (index === 0 ? '' : ',') + value();
      index += 1;
      return index < ELEMENTS_MAX;
    });
    if (count > ELEMENTS_MAX) shown += `,... ${count - ELEMENTS_MAX} more`;
    return shown + close;
  };

  const showProperty = (object, key, level, state) => {
    let value;
    try { value = object[key]; } catch (error) { return `[Threw: ${text(error)}]`; }
    return show(value, level, state);
  };

  const showElements = (array, count, level, state) =>
    showList(state, '[', ']', count, (add) => {
      for (let i = 0; i < count && add(() => showProperty(array, i, level, state)); i += 1);
    });

  const showObject = (object, level, state) => {
    const names = keys(object);
    return showList(state, '{', '}', names.length, (add) => {
      for (let i = 0; i < names.length; i += 1) {
        const name = names[i];
        if (!add(() => `${stringify(name)}:${showProperty(object, name, level, state)}`)) break;
      }
    });
  };

  const showSpecial = (object, level, state) => {
    if (object instanceof Error) return `${text(object.name)}: ${text(object.message)}`;
    if (object instanceof RegExp) return text(object);
    if (object instanceof Date) return orUndefined(isoDate, object) ?? 'Invalid Date';
    if (object instanceof Promise) return '[Promise]';
    const tag = tagOfTyped(object);
    if (tag !== undefined) return `${tag} ${showElements(object, object.length, level, state)}`;
    const bytes = orUndefined(bufferSize, object);
    if (bytes !== undefined) return `[ArrayBuffer of ${bytes} bytes]`;
    const entries = orUndefined(mapSize, object);
    if (entries !== undefined) {
      return showList(state, 'Map {', '}', entries, (add) => mapEach(object, (value, key) =>
        add(() => `${show(key, level, state)} => ${show(value, level, state)}`)));
    }
    const members = orUndefined(setSize, object);
    if (members !== undefined) {
      return showList(state, 'Set {', '}', members, (add) => setEach(object, (value) =>
        add(() => show(value, level, state))));
    }
    return undefined;
  };

  const showReference = (object, level, state) => {
    if (setHas(state.path, object)) return '[Circular]';
    if (level > LEVELS_MAX) return isArray(object) ? '[Array]' : '[Object]';
    setAdd(state.path, object);
    try {
      if (isArray(object)) return showElements(object, object.length, level + 1, state);
      return showSpecial(object, level + 1, state) ?? showObject(object, level + 1, state);
    } catch (error) {
      return `[Threw: ${text(error)}]`;
    } finally {
      setDelete(state.path, object);
    }
  };

  const showFunction = (value) => {
    const kind = slice(functionText(value), 0, 5) === 'class' ? 'class' : 'Function';
    const name = orUndefined((object) => object.name, value);
    return typeof name === 'string' && name !== '' ? `[${kind}: ${text(name)}]` : `[${kind}]`;
  };

  const show = (value, level, state) => {
    state.left -= 1;
    if (state.left < 0) return '...';
    switch (typeof value) {
      case 'string': return level === 0 ? value : stringify(value);
      case 'number': return value === 0 && 1 / value < 0 ? '-0' : `${value}`;
      case 'bigint': return `${value}n`;
      case 'function': return showFunction(value);
      case 'object': return value === null ? 'null' : showReference(value, level, state);
      default: return String(value);
    }
  };

  const print = (value) => {
    let shown;
    try {
      shown = show(value, 0, { left: VALUES_MAX, path: new Set() });
    } catch (error) {
      shown = `[Threw: ${text(error)}]`;
    }
    return wellFormed(slice(shown, 0, limits.printed));
  };

  // Name, message and stack of what was thrown; name and stack are empty when it is no error.
  const describe = (thrown) => {
    try {
      if (thrown instanceof Error) {
        return [text(thrown.name), text(thrown.message), text(thrown.stack ?? '')];
      }
    } catch { /* an error that cannot be read is shown like any other value */ }
    return ['', slice(print(thrown), 0, limits.text), ''];
  };

  // --- console ----------------------------------------------------------------------------------

  const DEBUG = 0, INFO = 1, WARN = 2, ERROR = 3;

  const log = (level) => (...values) => {
    let line = '';
    for (let i = 0; i < values.length && line.length < limits.log; i += 1) {
      line += (i === 0 ? '' : ' ') + print(values[i]);
    }
    native.log(level, wellFormed(slice(line, 0, limits.log)));
  };

  define(global, 'console', freeze({
    debug: log(DEBUG), trace: log(DEBUG), log: log(INFO), info: log(INFO), warn: log(WARN),
    error: log(ERROR),
  }));

  const uncaught = (thrown) => {
    const [name, message] = describe(thrown);
    native.log(ERROR, `uncaught ${name === '' ? '' : `${name}: `}${message}`);
  };

  const guarded = (work, values) => {
    try { apply(work, undefined, values); } catch (thrown) { uncaught(thrown); }
  };

  // --- timers and jobs ----------------------------------------------------------------------------

  const timers = new Map();
  let lastTimer = 0;

  const addTimer = (work, wait, repeats, values) => {
    if (typeof work !== 'function') throw new TypeError('a timer needs a function');
    if (mapSize(timers) >= limits.timers) throw new RangeError(`more than ${limits.timers} timers`);
    const wanted = +wait;
    const milliseconds = wanted > 0 ? min(wanted, 0x7fffffff) : 0;
    const every = repeats ? max(milliseconds, 1) : -1;
    lastTimer += 1;
    mapSet(timers, lastTimer, { due: native.now() + milliseconds, every, work, values });
    return lastTimer;
  };

  const removeTimer = (id) => { mapDelete(timers, id); };

  define(global, 'setTimeout', function setTimeout(work, wait, ...values) {
    return addTimer(work, wait, false, values);
  });
  define(global, 'setInterval', function setInterval(work, wait, ...values) {
    return addTimer(work, wait, true, values);
  });
  define(global, 'clearTimeout', function clearTimeout(id) { removeTimer(id); });
  define(global, 'clearInterval', function clearInterval(id) { removeTimer(id); });

  const enqueue = global.queueMicrotask;
  define(global, 'queueMicrotask', function queueMicrotask(work) {
    if (typeof work !== 'function') throw new TypeError('a job needs to be a function');
    enqueue(() => guarded(work, []));
  });

  // Runs the timer that is due first and gives 0; or gives the milliseconds until one is due, and
  // -1 when there is none.
  const tick = () => {
    let id, first;
    mapEach(timers, (timer, key) => {
      if (first === undefined || timer.due < first.due) { first = timer; id = key; }
    });
    if (first === undefined) return -1;
    const now = native.now();
    if (first.due > now) return max(1, ceil(first.due - now)) | 0;
    if (first.every < 0) mapDelete(timers, id);
    else first.due = now + first.every;
    guarded(first.work, first.values);
    return 0;
  };

  // --- the node -----------------------------------------------------------------------------------

  const waiting = new Map();

  const call = (service, operation, values) => new Promise((resolve, reject) => {
    if (mapSize(waiting) >= limits.calls) {
      throw new RangeError(`more than ${limits.calls} calls wait for an answer`);
    }
    const json = stringify(values === undefined ? null : values);
    const id = native.call(text(service), text(operation), json ?? 'null');
    mapSet(waiting, id, { resolve, reject });
  });

  const answered = (id, isDone, answer, code) => {
    const waits = mapGet(waiting, id);
    if (waits === undefined) return;
    mapDelete(waiting, id);
    if (isDone) {
      try { waits.resolve(parse(answer)); } catch (error) { waits.reject(error); }
    } else {
      const error = new Error(answer);
      define(error, 'code', code);
      waits.reject(error);
    }
  };

  // `thorp.map("a").get("k")`: which operations there are is known to the node alone. A promise
  // and JSON ask an object for these two names; it is neither a promise nor has it JSON.
  const notOperations = (operation) =>
    typeof operation !== 'string' || operation === 'then' || operation === 'toJSON';
  const named = (service) => (name) => new Proxy(freeze({ __proto__: null }), {
    __proto__: null,
    get: (_, operation) => notOperations(operation)
      ? undefined
      : (...values) => call(service, operation, { name, arguments: values }),
  });

  const thorp = { node: freeze({ name: node.name, id: node.id }), call };
  for (let i = 0; i < services.length; i += 1) define(thorp, services[i], named(services[i]));
  define(global, 'thorp', freeze(thorp));

  // --- values that leave ------------------------------------------------------------------------

  define(TypedArray.prototype, 'toJSON', function toJSON() { return copyElements(this); });
  define(ArrayBuffer.prototype, 'toJSON', function toJSON() {
    return copyElements(new Uint8Array(this));
  });
  define(Math, 'random', native.random);

  // --- what a patch defines -------------------------------------------------------------------

  const marker = freeze({ __proto__: null });

  // Makes the variable that `get` reads and `set` writes a property of the global object. A name
  // that is none of the patch's own, but that of something global, is left as it is.
  const publish = (name, get, set) => {
    const old = getOwnPropertyDescriptor(global, name);
    if (old !== undefined && !old.configurable) {
      if (old.writable) defineProperty(global, name, { __proto__: null, value: get() });
      return;
    }
    if (old !== undefined) {
      define(global, name, marker);
      const isGlobal = get() === marker;
      defineProperty(global, name, { __proto__: null, ...old });
      if (isGlobal) return;
    }
    const value = get();
    if (typeof value === 'function') { define(global, name, value); return; }
    const replace = (next) => {
      try { set(next); } catch { define(global, name, next); }
    };
    defineProperty(global, name,
      { __proto__: null, get, set: replace, enumerable: false, configurable: true });
  };

  const publishExports = (exports) => {
    const names = ownKeys(exports);
    for (let i = 0; i < names.length; i += 1) {
      const name = names[i];
      if (typeof name === 'string') {
        publish(name, () => exports[name], (value) => { exports[name] = value; });
      }
    }
  };

  // Whether the engine takes a name; `name` consists of letters and digits.
  const isName = (name) => {
    try { Function(`let ${name}`); return true; } catch { return false; }
  };

  const reset = () => { mapClear(timers); mapClear(waiting); };

  return {
    answered, describe, isName, print, publish, publishExports, reset, tick, uncaught,
  };
})
