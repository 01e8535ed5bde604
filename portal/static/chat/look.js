// How the chat looks; the parts that come later bring their own.
export const LOOK = `
:host{color-scheme:light dark;--ink:#171a2b;--paper:#fff;--soft:#eef0f6;--mine:#dbe4ff;--accent:#153fae;--on-accent:#fff;--line:#5d6275;--warn:#8a1c1c;
 display:block;color:var(--ink);font:1rem/1.5 "Fira Sans","Noto Sans Arabic",system-ui,sans-serif}
:host([floating]){position:fixed;inset-block-end:1rem;inset-inline-end:1rem;z-index:2147483000}
@media (prefers-color-scheme:dark){:host{--ink:#f2f4fa;--paper:#14172a;--soft:#262b44;--mine:#243a78;--accent:#a9bfff;--on-accent:#10142a;--line:#9aa1bd;--warn:#ffb4ab}}
*{box-sizing:border-box;font:inherit}
[hidden]{display:none!important}
button,select{min-block-size:44px;border-radius:6px;border:1px solid var(--accent);background:var(--paper);color:var(--accent);padding:.4rem .8rem;cursor:pointer;text-align:start}
button.main{background:var(--accent);color:var(--on-accent)}
button[disabled]{opacity:1;border-style:dashed;color:var(--line);border-color:var(--line);cursor:default}
:focus-visible{outline:3px solid var(--accent);outline-offset:2px}
.box{display:flex;flex-direction:column;background:var(--paper);min-block-size:24rem}
:host([floating]) .box{inline-size:min(26rem,calc(100vw - 2rem));block-size:min(40rem,calc(100vh - 2rem));border:1px solid var(--line);border-radius:10px;padding:.75rem;overflow:auto}
:host([floating]) .view{min-block-size:9rem}
.bar{display:flex;flex-wrap:wrap;gap:.5rem;align-items:center;margin-block-end:.5rem}.bar h2{font-weight:600;margin:0;flex:1;font-size:1.1rem}
.notice{margin:0 0 .5rem;padding:.5rem .75rem;border-inline-start:4px solid var(--accent);background:var(--soft)}.notice p{margin:0}
.view{flex:1;overflow:auto;min-block-size:12rem}.log{padding:5px;min-block-size:8rem}
.m{margin-block:.6rem;padding:.6rem .8rem;border-radius:8px;background:var(--soft);max-inline-size:46rem;overflow-wrap:anywhere;scroll-margin-block-start:4rem}
.m[data-author=visitor]{background:var(--mine);margin-inline-start:2rem}.m p{margin:0 0 .5rem}.m ul{margin:0 0 .5rem;padding-inline-start:1.2rem}
.m[data-author=staff]{border-inline-start:4px solid var(--accent)}
.m[data-author=system]{background:none;max-inline-size:none;padding-block:.2rem;text-align:center;font-size:.9rem}
.m[data-turn]{border-block:1px solid var(--line);border-radius:0;font-weight:600}
.who{font-size:.85rem;font-weight:600;margin:0}.src{font-size:.9rem}.src summary,.more summary{min-block-size:24px;cursor:pointer;color:var(--accent)}
.m p.mark{font-size:.85rem;margin:0;text-align:end}
a{color:var(--accent)}.row{display:flex;flex-wrap:wrap;gap:.5rem;margin-block-start:.4rem;align-items:center}
form.say{display:flex;flex-wrap:wrap;gap:.5rem;align-items:end;margin-block-start:.5rem}form.say label{flex:1 1 12rem;font-weight:600}
textarea,input{display:block;inline-size:100%;min-block-size:44px;padding:.5rem;border:1px solid var(--line);border-radius:6px;background:var(--paper);color:var(--ink)}
.tools>*{min-block-size:36px;padding:.2rem .6rem;font-size:.9rem}
.choose p{margin:0;flex-basis:100%;font-weight:600}
.status{min-block-size:1.5rem;font-size:.9rem;margin:0}.error{color:var(--warn)}
.badge{display:inline-block;min-inline-size:1.6em;margin-inline-start:.5rem;padding-inline:.4em;border-radius:1em;background:var(--paper);color:var(--accent);font-weight:600;text-align:center}
.aside{position:absolute;inline-size:1px;block-size:1px;overflow:hidden;clip-path:inset(50%);white-space:nowrap}
@media (prefers-reduced-motion:no-preference){.view{scroll-behavior:smooth}}
@media (forced-colors:active){.m,.notice,.badge{border:1px solid}}`;
