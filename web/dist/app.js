var Ht,W,Ge,$o,ut,Be,Ye,Ve,Xe,fe,ie,ce,Je,Ct={},Qe=[],_o=/acit|ex(?:s|g|n|p|$)|rph|grid|ows|mnc|ntw|ine[ch]|zoo|^ord|itera/i,It=Array.isArray;function rt(t,e){for(var n in e)t[n]=e[n];return t}function he(t){t&&t.parentNode&&t.parentNode.removeChild(t)}function de(t,e,n){var o,s,r,l={};for(r in e)r=="key"?o=e[r]:r=="ref"?s=e[r]:l[r]=e[r];if(arguments.length>2&&(l.children=arguments.length>3?Ht.call(arguments,2):n),typeof t=="function"&&t.defaultProps!=null)for(r in t.defaultProps)l[r]===void 0&&(l[r]=t.defaultProps[r]);return zt(t,l,o,s,null)}function zt(t,e,n,o,s){var r={type:t,props:e,key:n,ref:o,__k:null,__:null,__b:0,__e:null,__c:null,constructor:void 0,__v:s??++Ge,__i:-1,__u:0};return s==null&&W.vnode!=null&&W.vnode(r),r}function Bt(t){return t.children}function qt(t,e){this.props=t,this.context=e}function mt(t,e){if(e==null)return t.__?mt(t.__,t.__i+1):null;for(var n;e<t.__k.length;e++)if((n=t.__k[e])!=null&&n.__e!=null)return n.__e;return typeof t.type=="function"?mt(t):null}function Ze(t){var e,n;if((t=t.__)!=null&&t.__c!=null){for(t.__e=t.__c.base=null,e=0;e<t.__k.length;e++)if((n=t.__k[e])!=null&&n.__e!=null){t.__e=t.__c.base=n.__e;break}return Ze(t)}}function ue(t){(!t.__d&&(t.__d=!0)&&ut.push(t)&&!Ut.__r++||Be!=W.debounceRendering)&&((Be=W.debounceRendering)||Ye)(Ut)}function Ut(){for(var t,e,n,o,s,r,l,i=1;ut.length;)ut.length>i&&ut.sort(Ve),t=ut.shift(),i=ut.length,t.__d&&(n=void 0,o=void 0,s=(o=(e=t).__v).__e,r=[],l=[],e.__P&&((n=rt({},o)).__v=o.__v+1,W.vnode&&W.vnode(n),me(e.__P,n,o,e.__n,e.__P.namespaceURI,32&o.__u?[s]:null,r,s??mt(o),!!(32&o.__u),l),n.__v=o.__v,n.__.__k[n.__i]=n,nn(r,n,l),o.__e=o.__=null,n.__e!=s&&Ze(n)));Ut.__r=0}function tn(t,e,n,o,s,r,l,i,c,a,d){var u,f,$,y,m,h,w,b=o&&o.__k||Qe,E=e.length;for(c=go(n,e,b,c,E),u=0;u<E;u++)($=n.__k[u])!=null&&(f=$.__i==-1?Ct:b[$.__i]||Ct,$.__i=u,h=me(t,$,f,s,r,l,i,c,a,d),y=$.__e,$.ref&&f.ref!=$.ref&&(f.ref&&$e(f.ref,null,$),d.push($.ref,$.__c||y,$)),m==null&&y!=null&&(m=y),(w=!!(4&$.__u))||f.__k===$.__k?c=en($,c,t,w):typeof $.type=="function"&&h!==void 0?c=h:y&&(c=y.nextSibling),$.__u&=-7);return n.__e=m,c}function go(t,e,n,o,s){var r,l,i,c,a,d=n.length,u=d,f=0;for(t.__k=new Array(s),r=0;r<s;r++)(l=e[r])!=null&&typeof l!="boolean"&&typeof l!="function"?(c=r+f,(l=t.__k[r]=typeof l=="string"||typeof l=="number"||typeof l=="bigint"||l.constructor==String?zt(null,l,null,null,null):It(l)?zt(Bt,{children:l},null,null,null):l.constructor==null&&l.__b>0?zt(l.type,l.props,l.key,l.ref?l.ref:null,l.__v):l).__=t,l.__b=t.__b+1,i=null,(a=l.__i=bo(l,n,c,u))!=-1&&(u--,(i=n[a])&&(i.__u|=2)),i==null||i.__v==null?(a==-1&&(s>d?f--:s<d&&f++),typeof l.type!="function"&&(l.__u|=4)):a!=c&&(a==c-1?f--:a==c+1?f++:(a>c?f--:f++,l.__u|=4))):t.__k[r]=null;if(u)for(r=0;r<d;r++)(i=n[r])!=null&&(2&i.__u)==0&&(i.__e==o&&(o=mt(i)),sn(i,i));return o}function en(t,e,n,o){var s,r;if(typeof t.type=="function"){for(s=t.__k,r=0;s&&r<s.length;r++)s[r]&&(s[r].__=t,e=en(s[r],e,n,o));return e}t.__e!=e&&(o&&(e&&t.type&&!e.parentNode&&(e=mt(t)),n.insertBefore(t.__e,e||null)),e=t.__e);do e=e&&e.nextSibling;while(e!=null&&e.nodeType==8);return e}function bo(t,e,n,o){var s,r,l,i=t.key,c=t.type,a=e[n],d=a!=null&&(2&a.__u)==0;if(a===null&&t.key==null||d&&i==a.key&&c==a.type)return n;if(o>(d?1:0)){for(s=n-1,r=n+1;s>=0||r<e.length;)if((a=e[l=s>=0?s--:r++])!=null&&(2&a.__u)==0&&i==a.key&&c==a.type)return l}return-1}function Ke(t,e,n){e[0]=="-"?t.setProperty(e,n??""):t[e]=n==null?"":typeof n!="number"||_o.test(e)?n:n+"px"}function Wt(t,e,n,o,s){var r,l;t:if(e=="style")if(typeof n=="string")t.style.cssText=n;else{if(typeof o=="string"&&(t.style.cssText=o=""),o)for(e in o)n&&e in n||Ke(t.style,e,"");if(n)for(e in n)o&&n[e]==o[e]||Ke(t.style,e,n[e])}else if(e[0]=="o"&&e[1]=="n")r=e!=(e=e.replace(Xe,"$1")),l=e.toLowerCase(),e=l in t||e=="onFocusOut"||e=="onFocusIn"?l.slice(2):e.slice(2),t.l||(t.l={}),t.l[e+r]=n,n?o?n.u=o.u:(n.u=fe,t.addEventListener(e,r?ce:ie,r)):t.removeEventListener(e,r?ce:ie,r);else{if(s=="http://www.w3.org/2000/svg")e=e.replace(/xlink(H|:h)/,"h").replace(/sName$/,"s");else if(e!="width"&&e!="height"&&e!="href"&&e!="list"&&e!="form"&&e!="tabIndex"&&e!="download"&&e!="rowSpan"&&e!="colSpan"&&e!="role"&&e!="popover"&&e in t)try{t[e]=n??"";break t}catch{}typeof n=="function"||(n==null||n===!1&&e[4]!="-"?t.removeAttribute(e):t.setAttribute(e,e=="popover"&&n==1?"":n))}}function je(t){return function(e){if(this.l){var n=this.l[e.type+t];if(e.t==null)e.t=fe++;else if(e.t<n.u)return;return n(W.event?W.event(e):e)}}}function me(t,e,n,o,s,r,l,i,c,a){var d,u,f,$,y,m,h,w,b,E,_,k,T,D,v,C,A,x=e.type;if(e.constructor!=null)return null;128&n.__u&&(c=!!(32&n.__u),r=[i=e.__e=n.__e]),(d=W.__b)&&d(e);t:if(typeof x=="function")try{if(w=e.props,b="prototype"in x&&x.prototype.render,E=(d=x.contextType)&&o[d.__c],_=d?E?E.props.value:d.__:o,n.__c?h=(u=e.__c=n.__c).__=u.__E:(b?e.__c=u=new x(w,_):(e.__c=u=new qt(w,_),u.constructor=x,u.render=wo),E&&E.sub(u),u.props=w,u.state||(u.state={}),u.context=_,u.__n=o,f=u.__d=!0,u.__h=[],u._sb=[]),b&&u.__s==null&&(u.__s=u.state),b&&x.getDerivedStateFromProps!=null&&(u.__s==u.state&&(u.__s=rt({},u.__s)),rt(u.__s,x.getDerivedStateFromProps(w,u.__s))),$=u.props,y=u.state,u.__v=e,f)b&&x.getDerivedStateFromProps==null&&u.componentWillMount!=null&&u.componentWillMount(),b&&u.componentDidMount!=null&&u.__h.push(u.componentDidMount);else{if(b&&x.getDerivedStateFromProps==null&&w!==$&&u.componentWillReceiveProps!=null&&u.componentWillReceiveProps(w,_),!u.__e&&u.shouldComponentUpdate!=null&&u.shouldComponentUpdate(w,u.__s,_)===!1||e.__v==n.__v){for(e.__v!=n.__v&&(u.props=w,u.state=u.__s,u.__d=!1),e.__e=n.__e,e.__k=n.__k,e.__k.some(function(F){F&&(F.__=e)}),k=0;k<u._sb.length;k++)u.__h.push(u._sb[k]);u._sb=[],u.__h.length&&l.push(u);break t}u.componentWillUpdate!=null&&u.componentWillUpdate(w,u.__s,_),b&&u.componentDidUpdate!=null&&u.__h.push(function(){u.componentDidUpdate($,y,m)})}if(u.context=_,u.props=w,u.__P=t,u.__e=!1,T=W.__r,D=0,b){for(u.state=u.__s,u.__d=!1,T&&T(e),d=u.render(u.props,u.state,u.context),v=0;v<u._sb.length;v++)u.__h.push(u._sb[v]);u._sb=[]}else do u.__d=!1,T&&T(e),d=u.render(u.props,u.state,u.context),u.state=u.__s;while(u.__d&&++D<25);u.state=u.__s,u.getChildContext!=null&&(o=rt(rt({},o),u.getChildContext())),b&&!f&&u.getSnapshotBeforeUpdate!=null&&(m=u.getSnapshotBeforeUpdate($,y)),C=d,d!=null&&d.type===Bt&&d.key==null&&(C=on(d.props.children)),i=tn(t,It(C)?C:[C],e,n,o,s,r,l,i,c,a),u.base=e.__e,e.__u&=-161,u.__h.length&&l.push(u),h&&(u.__E=u.__=null)}catch(F){if(e.__v=null,c||r!=null)if(F.then){for(e.__u|=c?160:128;i&&i.nodeType==8&&i.nextSibling;)i=i.nextSibling;r[r.indexOf(i)]=null,e.__e=i}else{for(A=r.length;A--;)he(r[A]);pe(e)}else e.__e=n.__e,e.__k=n.__k,F.then||pe(e);W.__e(F,e,n)}else r==null&&e.__v==n.__v?(e.__k=n.__k,e.__e=n.__e):i=e.__e=vo(n.__e,e,n,o,s,r,l,c,a);return(d=W.diffed)&&d(e),128&e.__u?void 0:i}function pe(t){t&&t.__c&&(t.__c.__e=!0),t&&t.__k&&t.__k.forEach(pe)}function nn(t,e,n){for(var o=0;o<n.length;o++)$e(n[o],n[++o],n[++o]);W.__c&&W.__c(e,t),t.some(function(s){try{t=s.__h,s.__h=[],t.some(function(r){r.call(s)})}catch(r){W.__e(r,s.__v)}})}function on(t){return typeof t!="object"||t==null||t.__b&&t.__b>0?t:It(t)?t.map(on):rt({},t)}function vo(t,e,n,o,s,r,l,i,c){var a,d,u,f,$,y,m,h=n.props,w=e.props,b=e.type;if(b=="svg"?s="http://www.w3.org/2000/svg":b=="math"?s="http://www.w3.org/1998/Math/MathML":s||(s="http://www.w3.org/1999/xhtml"),r!=null){for(a=0;a<r.length;a++)if(($=r[a])&&"setAttribute"in $==!!b&&(b?$.localName==b:$.nodeType==3)){t=$,r[a]=null;break}}if(t==null){if(b==null)return document.createTextNode(w);t=document.createElementNS(s,b,w.is&&w),i&&(W.__m&&W.__m(e,r),i=!1),r=null}if(b==null)h===w||i&&t.data==w||(t.data=w);else{if(r=r&&Ht.call(t.childNodes),h=n.props||Ct,!i&&r!=null)for(h={},a=0;a<t.attributes.length;a++)h[($=t.attributes[a]).name]=$.value;for(a in h)if($=h[a],a!="children"){if(a=="dangerouslySetInnerHTML")u=$;else if(!(a in w)){if(a=="value"&&"defaultValue"in w||a=="checked"&&"defaultChecked"in w)continue;Wt(t,a,null,$,s)}}for(a in w)$=w[a],a=="children"?f=$:a=="dangerouslySetInnerHTML"?d=$:a=="value"?y=$:a=="checked"?m=$:i&&typeof $!="function"||h[a]===$||Wt(t,a,$,h[a],s);if(d)i||u&&(d.__html==u.__html||d.__html==t.innerHTML)||(t.innerHTML=d.__html),e.__k=[];else if(u&&(t.innerHTML=""),tn(e.type=="template"?t.content:t,It(f)?f:[f],e,n,o,b=="foreignObject"?"http://www.w3.org/1999/xhtml":s,r,l,r?r[0]:n.__k&&mt(n,0),i,c),r!=null)for(a=r.length;a--;)he(r[a]);i||(a="value",b=="progress"&&y==null?t.removeAttribute("value"):y!=null&&(y!==t[a]||b=="progress"&&!y||b=="option"&&y!=h[a])&&Wt(t,a,y,h[a],s),a="checked",m!=null&&m!=t[a]&&Wt(t,a,m,h[a],s))}return t}function $e(t,e,n){try{if(typeof t=="function"){var o=typeof t.__u=="function";o&&t.__u(),o&&e==null||(t.__u=t(e))}else t.current=e}catch(s){W.__e(s,n)}}function sn(t,e,n){var o,s;if(W.unmount&&W.unmount(t),(o=t.ref)&&(o.current&&o.current!=t.__e||$e(o,null,e)),(o=t.__c)!=null){if(o.componentWillUnmount)try{o.componentWillUnmount()}catch(r){W.__e(r,e)}o.base=o.__P=null}if(o=t.__k)for(s=0;s<o.length;s++)o[s]&&sn(o[s],e,n||typeof t.type!="function");n||he(t.__e),t.__c=t.__=t.__e=void 0}function wo(t,e,n){return this.constructor(t,n)}function rn(t,e,n){var o,s,r,l;e==document&&(e=document.documentElement),W.__&&W.__(t,e),s=(o=typeof n=="function")?null:n&&n.__k||e.__k,r=[],l=[],me(e,t=(!o&&n||e).__k=de(Bt,null,[t]),s||Ct,Ct,e.namespaceURI,!o&&n?[n]:s?null:e.firstChild?Ht.call(e.childNodes):null,r,!o&&n?n:s?s.__e:e.firstChild,o,l),nn(r,t,l)}function ln(t){function e(n){var o,s;return this.getChildContext||(o=new Set,(s={})[e.__c]=this,this.getChildContext=function(){return s},this.componentWillUnmount=function(){o=null},this.shouldComponentUpdate=function(r){this.props.value!=r.value&&o.forEach(function(l){l.__e=!0,ue(l)})},this.sub=function(r){o.add(r);var l=r.componentWillUnmount;r.componentWillUnmount=function(){o&&o.delete(r),l&&l.call(r)}}),n.children}return e.__c="__cC"+Je++,e.__=t,e.Provider=e.__l=(e.Consumer=function(n,o){return n.children(o)}).contextType=e,e}Ht=Qe.slice,W={__e:function(t,e,n,o){for(var s,r,l;e=e.__;)if((s=e.__c)&&!s.__)try{if((r=s.constructor)&&r.getDerivedStateFromError!=null&&(s.setState(r.getDerivedStateFromError(t)),l=s.__d),s.componentDidCatch!=null&&(s.componentDidCatch(t,o||{}),l=s.__d),l)return s.__E=s}catch(i){t=i}throw t}},Ge=0,$o=function(t){return t!=null&&t.constructor==null},qt.prototype.setState=function(t,e){var n;n=this.__s!=null&&this.__s!=this.state?this.__s:this.__s=rt({},this.state),typeof t=="function"&&(t=t(rt({},n),this.props)),t&&rt(n,t),t!=null&&this.__v&&(e&&this._sb.push(e),ue(this))},qt.prototype.forceUpdate=function(t){this.__v&&(this.__e=!0,t&&this.__h.push(t),ue(this))},qt.prototype.render=Bt,ut=[],Ye=typeof Promise=="function"?Promise.prototype.then.bind(Promise.resolve()):setTimeout,Ve=function(t,e){return t.__v.__b-e.__v.__b},Ut.__r=0,Xe=/(PointerCapture)$|Capture$/i,fe=0,ie=je(!1),ce=je(!0),Je=0;var pt,q,_e,an,Et=0,$n=[],I=W,cn=I.__b,un=I.__r,pn=I.diffed,fn=I.__c,hn=I.unmount,dn=I.__;function Tt(t,e){I.__h&&I.__h(q,t,Et||e),Et=0;var n=q.__H||(q.__H={__:[],__h:[]});return t>=n.__.length&&n.__.push({}),n.__[t]}function M(t){return Et=1,yo(gn,t)}function yo(t,e,n){var o=Tt(pt++,2);if(o.t=t,!o.__c&&(o.__=[n?n(e):gn(void 0,e),function(i){var c=o.__N?o.__N[0]:o.__[0],a=o.t(c,i);c!==a&&(o.__N=[a,o.__[1]],o.__c.setState({}))}],o.__c=q,!q.__f)){var s=function(i,c,a){if(!o.__c.__H)return!0;var d=o.__c.__H.__.filter(function(f){return!!f.__c});if(d.every(function(f){return!f.__N}))return!r||r.call(this,i,c,a);var u=o.__c.props!==i;return d.forEach(function(f){if(f.__N){var $=f.__[0];f.__=f.__N,f.__N=void 0,$!==f.__[0]&&(u=!0)}}),r&&r.call(this,i,c,a)||u};q.__f=!0;var r=q.shouldComponentUpdate,l=q.componentWillUpdate;q.componentWillUpdate=function(i,c,a){if(this.__e){var d=r;r=void 0,s(i,c,a),r=d}l&&l.call(this,i,c,a)},q.shouldComponentUpdate=s}return o.__N||o.__}function R(t,e){var n=Tt(pt++,3);!I.__s&&ve(n.__H,e)&&(n.__=t,n.u=e,q.__H.__h.push(n))}function ft(t,e){var n=Tt(pt++,4);!I.__s&&ve(n.__H,e)&&(n.__=t,n.u=e,q.__h.push(n))}function z(t){return Et=5,X(function(){return{current:t}},[])}function X(t,e){var n=Tt(pt++,7);return ve(n.__H,e)&&(n.__=t(),n.__H=e,n.__h=t),n.__}function _n(t,e){return Et=8,X(function(){return t},e)}function be(t){var e=q.context[t.__c],n=Tt(pt++,9);return n.c=t,e?(n.__==null&&(n.__=!0,e.sub(q)),e.props.value):t.__}function ko(){for(var t;t=$n.shift();)if(t.__P&&t.__H)try{t.__H.__h.forEach(Kt),t.__H.__h.forEach(ge),t.__H.__h=[]}catch(e){t.__H.__h=[],I.__e(e,t.__v)}}I.__b=function(t){q=null,cn&&cn(t)},I.__=function(t,e){t&&e.__k&&e.__k.__m&&(t.__m=e.__k.__m),dn&&dn(t,e)},I.__r=function(t){un&&un(t),pt=0;var e=(q=t.__c).__H;e&&(_e===q?(e.__h=[],q.__h=[],e.__.forEach(function(n){n.__N&&(n.__=n.__N),n.u=n.__N=void 0})):(e.__h.forEach(Kt),e.__h.forEach(ge),e.__h=[],pt=0)),_e=q},I.diffed=function(t){pn&&pn(t);var e=t.__c;e&&e.__H&&(e.__H.__h.length&&($n.push(e)!==1&&an===I.requestAnimationFrame||((an=I.requestAnimationFrame)||xo)(ko)),e.__H.__.forEach(function(n){n.u&&(n.__H=n.u),n.u=void 0})),_e=q=null},I.__c=function(t,e){e.some(function(n){try{n.__h.forEach(Kt),n.__h=n.__h.filter(function(o){return!o.__||ge(o)})}catch(o){e.some(function(s){s.__h&&(s.__h=[])}),e=[],I.__e(o,n.__v)}}),fn&&fn(t,e)},I.unmount=function(t){hn&&hn(t);var e,n=t.__c;n&&n.__H&&(n.__H.__.forEach(function(o){try{Kt(o)}catch(s){e=s}}),n.__H=void 0,e&&I.__e(e,n.__v))};var mn=typeof requestAnimationFrame=="function";function xo(t){var e,n=function(){clearTimeout(o),mn&&cancelAnimationFrame(e),setTimeout(t)},o=setTimeout(n,35);mn&&(e=requestAnimationFrame(n))}function Kt(t){var e=q,n=t.__c;typeof n=="function"&&(t.__c=void 0,n()),q=e}function ge(t){var e=q;t.__c=t.__(),q=e}function ve(t,e){return!t||t.length!==e.length||e.some(function(n,o){return n!==t[o]})}function gn(t,e){return typeof e=="function"?e(t):e}var vn=function(t,e,n,o){var s;e[0]=0;for(var r=1;r<e.length;r++){var l=e[r++],i=e[r]?(e[0]|=l?1:2,n[e[r++]]):e[++r];l===3?o[0]=i:l===4?o[1]=Object.assign(o[1]||{},i):l===5?(o[1]=o[1]||{})[e[++r]]=i:l===6?o[1][e[++r]]+=i+"":l?(s=t.apply(i,vn(t,i,n,["",null])),o.push(s),i[0]?e[0]|=2:(e[r-2]=0,e[r]=s)):o.push(i)}return o},bn=new Map;function wn(t){var e=bn.get(this);return e||(e=new Map,bn.set(this,e)),(e=vn(this,e.get(t)||(e.set(t,e=(function(n){for(var o,s,r=1,l="",i="",c=[0],a=function(f){r===1&&(f||(l=l.replace(/^\s*\n\s*|\s*\n\s*$/g,"")))?c.push(0,f,l):r===3&&(f||l)?(c.push(3,f,l),r=2):r===2&&l==="..."&&f?c.push(4,f,0):r===2&&l&&!f?c.push(5,0,!0,l):r>=5&&((l||!f&&r===5)&&(c.push(r,0,l,s),r=6),f&&(c.push(r,f,0,s),r=6)),l=""},d=0;d<n.length;d++){d&&(r===1&&a(),a(d));for(var u=0;u<n[d].length;u++)o=n[d][u],r===1?o==="<"?(a(),c=[c],r=3):l+=o:r===4?l==="--"&&o===">"?(r=1,l=""):l=o+l[0]:i?o===i?i="":l+=o:o==='"'||o==="'"?i=o:o===">"?(a(),r=1):r&&(o==="="?(r=5,s=l,l=""):o==="/"&&(r<5||n[d][u+1]===">")?(a(),r===3&&(c=c[0]),r=c,(c=c[0]).push(2,0,r),r=0):o===" "||o==="	"||o===`
`||o==="\r"?(a(),r=2):l+=o),r===3&&l==="!--"&&(r=4,c=c[0])}return a(),c})(t)),e),arguments,[])).length>1?e:e[0]}var So={nanoseconds:[["ns",1],["us",1e3],["ms",1e6],["s",1e9],["hrs",36e11],["days",864e11]],bytes:[["B",1],["kB",1024],["MB",1048576],["GB",1073741824],["TB",1099511627776]]},yn={microseconds:1e3,milliseconds:1e6,seconds:1e9,kilobytes:1024,megabytes:1048576};function nt(t,e){let n=e.ratio>0?e.ratio:1,o=e.unit,s=t*n;yn[o]&&(s*=yn[o],o=o.endsWith("seconds")?"nanoseconds":"bytes");let r=So[o];if(!r)return kn(s)+(o&&o!=="count"?" "+o:"");let l=r[0];for(let i of r)Math.abs(s)>=i[1]&&(l=i);return kn(s/l[1])+(s?l[0]:"")}function kn(t){return Math.abs(t)>=1e6?j(Math.round(t)):String(+t.toFixed(2))}function H(t,e){if(!e)return"";let n=100*t/e;return(Math.abs(n)>=99.95?n.toFixed(0):Math.abs(n)>=1?n.toFixed(1):n.toFixed(2))+"%"}var jt=t=>nt(t,{unit:"bytes",ratio:1});function we(t){return t<0?"":t<60?`${+t.toFixed(1)} s`:t<3600?`${Math.floor(t/60)} min ${Math.round(t%60)} s`:`${Math.floor(t/3600)} h ${Math.round(t%3600/60)} min`}function j(t){let[e,n]=String(t).split(".");return e.replace(/\B(?=(\d{3})+$)/g,",")+(n?"."+n:"")}var p=wn.bind(de),P=JSON.parse(document.getElementById("known").textContent),Mo=["q","color","dir","as","by","x","click","sel","every","open"],xn=["p","z","order"],ye=new Set,lt=()=>location.pathname.split("/").pop()||"flamegraph",K=()=>new URLSearchParams(location.search);function Co(t){return ye.add(t),()=>ye.delete(t)}function Sn(){for(let t of ye)t()}addEventListener("popstate",Sn);function tt(t,e={},n=K()){let o=new URLSearchParams(n);o.delete("config");for(let[r,l]of Object.entries(e))l===""||l===null||l===void 0?o.delete(r):o.set(r,l);let s=o.toString();return t+(s?"?"+s:"")}function G(t,e={}){let n={sel:null,by:null,x:null,as:null,open:null};if(t!=="flamegraph")for(let o of[...xn,"dir","color","click"])n[o]=null;return tt(t,{...n,...e})}function gt(t,e=!1){let n=new URL(t,location.href);n.href!==location.href&&(history[e?"replaceState":"pushState"](null,"",n),Sn())}var O=(t,e)=>gt(tt(lt(),t),e);function Y(){let[,t]=M(0);return R(()=>Co(()=>t(e=>e+1)),[]),K()}function et(t,e){t.metaKey||t.ctrlKey||t.shiftKey||t.button||(t.preventDefault(),gt(e))}function Mn(t){let e=K();for(let o of Mo)e.delete(o);if(t!=="flamegraph")for(let o of xn)e.delete(o);e.sort();let n=e.toString();return n?"?"+n:""}var $t=new Map;async function Cn(t,e){let n=await fetch(t,{signal:e}),o=await n.text();if(!n.ok)throw new Error(o.trim()||`the server answered ${n.status}`);return JSON.parse(o)}var _t=P.data?{url:`data/${lt()}${Mn(lt())}`}:null;_t&&(_t.answer=Cn(P.data),_t.answer.catch(()=>{}));function Eo(t,e){let n=_t?.url===t?_t.answer:null;return _t=null,n||Cn(t,e)}function J(t,{keep:e=!0,tick:n=0}={}){let o=`data/${t}${Mn(t)}`,[s,r]=M({since:Date.now()});return ft(()=>{if(e&&$t.has(o)){r({...$t.get(o),url:o});return}let l=new AbortController;return r(i=>({...i,error:null,since:Date.now()})),Eo(o,l.signal).then(i=>{let c=i.about?i:{data:i,messages:[]};e&&($t.set(o,c),$t.size>8&&$t.delete($t.keys().next().value)),r({...c,url:o})},i=>{if(i.name==="AbortError")return;let c=i instanceof TypeError;r({error:c?"pprof does not answer: it was ended, or is out of reach.":i.message})}),()=>l.abort()},[o,n]),s}async function Gt(t){let e=await fetch(t,{method:"POST"}),n=await e.text();if(!e.ok)throw new Error(n.trim());return n}var Yt=ln(null);function Q(t){let e=be(Yt);R(()=>{e({about:t.about,messages:t.messages||[],error:t.error,since:t.since})},[t.about,t.messages,t.error,t.since])}var Vt="No samples: the profile is empty, or the filters leave nothing.";function Z({state:t,what:e}){return p`<main class="page"><p class="nothing">${t.error?"":e}</p></main>`}function bt(){let t=be(Yt);return e=>t({selected:e})}var Xt=t=>t.replace(/[\\^$.*+?()[\]{}|]/g,"\\$&"),ot=t=>t.map(e=>`^${Xt(e)}$`).join("|");function V(t){if(!t)return null;try{return new RegExp(t)}catch{return null}}function at(t,e,n){let o=n instanceof Blob?n:new Blob([n],{type:e}),s=document.createElement("a");s.href=URL.createObjectURL(o),s.download=t,document.body.append(s),s.click(),s.remove(),setTimeout(()=>URL.revokeObjectURL(s.href),1e4)}function Jt(t){let[e,n]=M([0,0]);return ft(()=>{let o=()=>{let{clientWidth:r,clientHeight:l}=t.current;n(i=>i[0]===r&&i[1]===l?i:[r,l])},s=new ResizeObserver(o);return o(),s.observe(t.current),()=>s.disconnect()},[]),e}function Qt(){let[t,e]=M(!1);return R(()=>{let n=()=>e(!0),o=()=>e(!1);return addEventListener("beforeprint",n),addEventListener("afterprint",o),()=>{removeEventListener("beforeprint",n),removeEventListener("afterprint",o)}},[]),t}function Zt(t,e){let n=z(new Map).current,o=()=>{let[s,r]=[...n.values()];return{x:(s[0]+r[0])/2,y:(s[1]+r[1])/2,d:Math.hypot(s[0]-r[0],s[1]-r[1])}};return{down(s){return n.set(s.pointerId,[s.clientX,s.clientY]),n.size>1},move(s){if(!n.has(s.pointerId))return!1;let r=n.size===2&&o();if(n.set(s.pointerId,[s.clientX,s.clientY]),!r)return n.size>1;let l=o(),i=t.current.getBoundingClientRect();return r.d>0&&e(l.d/r.d,l.x-i.left,l.y-i.top,l.x-r.x,l.y-r.y),!0},up(s){let r=n.size>1;return n.delete(s.pointerId),r}}}function te(){let t=matchMedia("(prefers-color-scheme: dark)"),[e,n]=M(t.matches);return R(()=>{let o=()=>n(t.matches);return t.addEventListener("change",o),()=>t.removeEventListener("change",o)},[]),e}function ee(t,e){let n=[...t.querySelectorAll("a,button:not(:disabled)")],o=n.indexOf(document.activeElement);n[(o+e+n.length)%n.length]?.focus()}function st({title:t,children:e,align:n}){let[o,s]=M(!1),r=z();R(()=>{if(!o)return;let c=a=>r.current.contains(a.target)||s(!1);return addEventListener("pointerdown",c),r.current.querySelector("[role=menu] a,[role=menu] button")?.focus({preventScroll:!0}),()=>removeEventListener("pointerdown",c)},[o]);let l=c=>{s(!1),c&&r.current.querySelector("button").focus()};return p`<div class="menu" ref=${r} onKeyDown=${c=>{if(!o){c.key==="ArrowDown"&&(c.preventDefault(),s(!0));return}if(c.key==="Escape")l(!0);else if(c.key==="ArrowDown")ee(r.current.lastElementChild,1);else if(c.key==="ArrowUp")ee(r.current.lastElementChild,-1);else return;c.preventDefault(),c.stopPropagation()}}>
    <button class="menu-title" aria-haspopup="menu" aria-expanded=${o}
      onClick=${()=>s(!o)}>
      ${t}<span class="caret" aria-hidden="true">▾</span></button>
    ${o&&p`<div role="menu" aria-label=${t} class=${"popup "+(n||"")}
      onClick=${()=>setTimeout(()=>s(!1))}>${e}</div>`}
  </div>`}function U({to:t,title:e,hint:n,disabled:o,current:s,onClick:r,newTab:l}){let i=p`<span>${e}</span>${n&&p`<small>${n}</small>`}`;return t&&!o?p`<a role="menuitem" href=${t} class=${s?"current":""}
      aria-current=${s?"page":void 0} target=${l?"_blank":void 0}
      rel=${l?"noopener":void 0}
      onClick=${c=>l||et(c,t)}>${i}</a>`:p`<button role="menuitem" disabled=${o} onClick=${r}
    class=${s?"current":""}>${i}</button>`}function At({title:t,onClose:e,children:n,wide:o}){let s=z();return R(()=>s.current.showModal(),[]),p`<dialog ref=${s} onClose=${e} class=${o?"wide":""} aria-label=${t}
    onClick=${r=>r.target===s.current&&s.current.close()}>
    <div class="dialog"><header><h2>${t}</h2>
      <button class="quiet" aria-label="Close" onClick=${()=>s.current.close()}>✕</button>
      </header>
      ${n}</div></dialog>`}var En=(t,e)=>{let n=K().get(t);return n?`${n}|${e}`:e},ke=t=>[["Focus","f",t,"Only stacks through it"],["Ignore","i",En("i",t),"No stacks through it"],["Hide","h",En("h",t),"Its frames leave the stacks"],["Show","s",t,"Only its frames stay"],["Show from","sf",t,"Callers above it go"]];function vt({at:t,name:e,file:n,onClose:o,more:s}){let r=z();R(()=>{let a=r.current.getBoundingClientRect();r.current.style.left=Math.max(4,Math.min(t[0],innerWidth-a.width-4))+"px",r.current.style.top=Math.max(4,Math.min(t[1],innerHeight-a.height-4))+"px",r.current.querySelector("a,button")?.focus({preventScroll:!0});let d=u=>r.current?.contains(u.target)||o();return addEventListener("pointerdown",d),addEventListener("blur",o),()=>{removeEventListener("pointerdown",d),removeEventListener("blur",o)}},[]);let l=ot([e]),i=a=>{if(a.key==="Escape")o();else if(a.key==="ArrowDown")ee(r.current,1);else if(a.key==="ArrowUp")ee(r.current,-1);else return;a.preventDefault(),a.stopPropagation()},c=G("source",{f:l});return p`<div class="popup floating" role="menu" aria-label=${e} ref=${r} onKeyDown=${i}
    onClick=${()=>setTimeout(o)}>
    <div class="popup-title" title=${e}>${e}</div>
    ${s&&s.map(([a,d])=>p`<${U} title=${a} onClick=${d} />`)}
    <${U} title="Show source code" to=${c} />
    <${U} title="Show source in new tab" to=${c} newTab=${!0} />
    <${U} title="Callers and callees" to=${G("peek",{f:l})} />
    ${!s&&p`<${U} title="Flame graph around it"
      to=${G("flamegraph",{p:l,z:null})} />`}
    <hr />
    ${ke(l).map(([a,d,u])=>p`<${U} title=${a}
          to=${G(location.pathname.split("/").pop(),{[d]:u})} />`)}
    <hr />
    <${U} title="Copy name" onClick=${()=>navigator.clipboard?.writeText(e)} />
  </div>`}var Dt=class{constructor(e,n,o){if(this.frames=e,this.count=n.parent.length,this.parent=n.parent,this.frame=n.frame,this.plus=n.plus,this.minus=n.minus||null,this.self=n.self,this.selfMinus=n.selfMinus||null,this.inlined=n.inlined,this.leftOut=n.leftOut,this.weight=new Float64Array(this.plus),this.minus)for(let s=0;s<this.count;s++)this.weight[s]+=this.minus[s];this.place(o)}sortKids(e){let{count:n,parent:o}=this,s=new Int32Array(n+1),r=new Int32Array(n);for(let a=1;a<n;a++)s[o[a]+1]++;for(let a=1;a<=n;a++)s[a]+=s[a-1];let l=s.slice();for(let a=1;a<n;a++)r[l[o[a]]++]=a;if(this.begin=s,this.list=r,e!=="name")return;let i=a=>this.frames[this.frame[a]][1],c=(a,d)=>i(a)<i(d)?-1:i(a)>i(d)?1:0;for(let a=0;a<n;a++)r.subarray(s[a],s[a+1]).sort(c)}place(e){this.sortKids(e);let{begin:n,count:o,list:s,weight:r}=this,l=r[0]||1,i=new Float64Array(o),c=new Float64Array(o),a=new Int32Array(o),d=new Int32Array(o);this.rows=[],c[0]=1;for(let u=0,f=1,$=1;u<f;u=f,f=$){for(let y=u;y<f;y++){let m=d[y],h=i[m];for(let w=n[m];w<n[m+1];w++){let b=s[w];i[b]=h,h+=c[b]=r[b]/l,a[b]=a[m]+1,d[$++]=b}}this.rows.push(d.subarray(u,f))}Object.assign(this,{x:i,w:c,depth:a})}kids(e){return this.list.subarray(this.begin[e],this.begin[e+1])}name(e){let n=this.frames[this.frame[e]];return n?Se(n):"root"}at(e,n){let o=this.rows[e];if(!o)return-1;let s=xe(this,o,n)-1;return s>=0&&n<this.x[o[s]]+this.w[o[s]]?o[s]:-1}path(e){let n=[];for(let o=e;o>0;o=this.parent[o])n.push(this.frames[this.frame[o]][0]);return n.reverse()}};function xe(t,e,n){let o=0,s=e.length;for(;o<s;){let r=o+s>>1;t.x[e[r]]<=n?o=r+1:s=r}return o}function Se(t){return t[4]?t[4]:t[1]?t[1]+(t[3]?":"+t[3]:""):t[2]||"?"}function Tn(t){let e=[t],n=0;for(let o=0;o<t.length;o++)"(<[".includes(t[o])&&n++,")>]".includes(t[o])&&n--,!(n>0)&&(t[o]==="."&&o+1<t.length&&t[o+1]!=="."?e.push(t.slice(o+1)):t[o]===":"&&t[o+1]===":"?e.push(t.slice(o+2)):t[o]==="/"&&e.push(t.slice(o+1)));return e.sort((o,s)=>s.length-o.length)}function An(t){let e=/^((.*\/)?[\w\d_]+)(\.|::)([^/]*)$/.exec(t[1]);return e?e[1]:t[2]?t[2].replace(/\/[^/]*$/,""):""}function Me(t){let e=2166136261;for(let n=0;n<t.length;n++)e=Math.imul(e^t.charCodeAt(n),16777619);return(e>>>0)%1048576}function Dn(t,e){return Uint8Array.from(t,n=>e&&(e.test(Se(n))||e.test(n[1]))?1:0)}function Rn(t,e){let n=0,o=new Uint8Array(t.count);for(let s=1;s<t.count;s++){let r=o[t.parent[s]],l=e[t.frame[s]];l&&!r&&(n+=t.weight[s]),o[s]=r|l}return n}var N=20,On="12px system-ui, sans-serif",To={light:{paper:"#fff",ink:"#1b1d21",faint:"#6b7178",rule:"#c9ced6",bar:"#e9ecf0",sat:52,light:79,grey:"#d9dde3",dim:.28,mark:"#1a56c4",select:"#0b3d91",sliver:"#b9bfc8"},dark:{paper:"#15171a",ink:"#f1f3f5",faint:"#9aa2ab",rule:"#3a4048",bar:"#262a30",sat:32,light:33,grey:"#3b4149",dim:.3,mark:"#8ab4ff",select:"#cfe0ff",sliver:"#555c66"}};function Ao(t,e){let o=Math.min(1,Math.abs(t))**.6,s=t<0?214:28;return e?`hsl(${s} ${Math.round(8+60*o)}% ${Math.round(29+5*o)}%)`:`hsl(${s} ${Math.round(8+78*o)}% ${Math.round(86-20*o)}%)`}function Do(t,e){let n=(o,s)=>Math.round(o+s*t);return e?`hsl(16 ${n(10,60)}% ${n(28,10)}%)`:`hsl(${n(48,-30)} ${n(30,60)}% ${n(88,-20)}%)`}var Lt=class{constructor(e,n,o){this.mode=e,this.tree=n,this.dark=o,this.of=new Map,this.p=To[o?"dark":"light"]}hue(e,n){let o=e+`
`+n,s=this.of.get(o);if(s)return s;let r=(Me(e)+1)*.618033988749895*360%360,l=this.p.light+Me(n)%9-4,i=`hsl(${r.toFixed(0)} ${this.p.sat}% ${l}%)`;return this.of.set(o,i),i}node(e,n){if(n===0)return this.p.bar;let o=e.frames[e.frame[n]];if(this.mode==="change")return Ao(Ro(e,n),this.dark);if(this.mode==="file")return this.hue(o[2]||"?",o[1]);if(this.mode==="self"){let s=Math.min(1,(e.self[n]+(e.selfMinus?e.selfMinus[n]:0))/(e.weight[n]||1));return Do(s,this.dark)}return this.hue(An(o),o[1])}};function Ro(t,e){if(!t.minus)return 0;let n=t.minus[e],o=t.plus[e];return n+o?(o-n)/(n+o):0}function Ee(t,e){let n=t.minus[e],o=t.plus[e];if(n===o)return"=";if(!n)return"new";if(!o)return"gone";let s=Math.abs(100*(o-n)/n);return(o>n?"+":"−")+(s<10?s.toFixed(1):j(Math.round(s)))+"%"}var se=class{constructor(e,n,o){this.down=e,this.up=n,this.flipped=o,this.upRows=n?n.rows.length-1:0,this.rows=this.upRows+e.rows.length}line(e){let n=this.flipped?this.rows-1-e:e;return n<this.upRows?[this.up,this.upRows-n]:[this.down,n-this.upRows]}rowOf(e,n){let o=e===this.up&&n?this.upRows-n:this.upRows+n;return this.flipped?this.rows-1-o:o}at(e,n){if(e<0||e>=this.rows)return null;let[o,s]=this.line(e),r=o.at(s,n);return r<0?null:{tree:o,node:r}}},ne=new Map;function Rt(t,e){let n=ne.get(e);return n===void 0&&(n=t.measureText(e).width,ne.size>6e4&&ne.clear(),ne.set(e,n)),n}var Ln=new Map;function Ce(t,e,n){let o=Ln.get(e);o||Ln.set(e,o=Tn(e));for(let l of o)if(Rt(t,l)<=n)return l;let s=o[o.length-1],r=Math.floor(n/Rt(t,s)*s.length)-1;for(;r>=2&&Rt(t,s.slice(0,r)+"…")>n;)r--;return r>=2?s.slice(0,r)+"…":""}function Nn(t,e,n,o,s){if(n===0)return Ce(t,o,s);if(!e.minus)return Ce(t,e.name(n),s);let r=Ee(e,n),l=e.plus[n]-e.minus[n],i=s-Rt(t,r+" ")>60?r:l>0?"+":l<0?"−":"=";return`${i} ${Ce(t,e.name(n),s-Rt(t,i+" "))}`}function Lo(t,e,n,o,s){t.save(),t.beginPath(),t.rect(e,n,o,N-1),t.clip(),t.strokeStyle=s,t.globalAlpha*=.35,t.beginPath();for(let r=e-N;r<e+o;r+=6)t.moveTo(r,n+N),t.lineTo(r+N,n);t.stroke(),t.restore()}function re(t,e,n){let o=n.colors.p;t.fillStyle=o.paper,t.fillRect(0,0,n.width,n.height),t.font=On,t.textBaseline="middle";let s=Math.max(0,Math.floor(n.top/N)),r=Math.min(e.rows-1,Math.floor((n.top+n.height)/N));for(let l=s;l<=r;l++){let[i,c]=e.line(l);Po(t,i,i.rows[c],l*N-n.top,n)}n.hover&&Pn(t,e,n,n.hover,o.mark,1.5),n.selected&&Pn(t,e,n,n.selected,o.select,2.5)}function Po(t,e,n,o,s){let r=s.width/(s.view[1]-s.view[0]),l=s.colors.p,i=Math.max(0,xe(e,n,s.view[0])-1),c=-1,a=0;for(;i<n.length&&e.x[n[i]]<s.view[1];i++){let d=n[i],u=(e.x[d]-s.view[0])*r,f=e.w[d]*r;if(!(u+f<0)){if(f<1.5){c>=0&&u-a>1&&(t.fillStyle=l.sliver,t.fillRect(c,o,Math.max(.7,a-c),N-1),c=-1),c<0&&(c=u),a=u+f;continue}c>=0&&(t.fillStyle=l.sliver,t.fillRect(c,o,Math.max(.7,a-c),N-1),c=-1),Oo(t,e,d,u,f,o,s)}}c>=0&&(t.fillStyle=l.sliver,t.fillRect(c,o,Math.max(.7,a-c),N-1))}function Oo(t,e,n,o,s,r,l){let i=l.colors.p,c=Math.max(0,o),a=Math.min(l.width,o+s),d=l.flags&&n&&!l.flags[e.frame[n]];if(t.globalAlpha=d?i.dim:1,t.fillStyle=l.colors.node(e,n),t.fillRect(c,r,Math.max(.7,a-c-(s>3?1:.3)),N-1),e.minus&&n&&e.plus[n]<e.minus[n]&&a-c>8&&Lo(t,c,r,a-c-1,i.ink),t.globalAlpha=d?.55:1,a-c>18){let u=Nn(t,e,n,l.root,a-c-8);t.fillStyle=i.ink,u&&t.fillText(u,c+4,r+N/2)}if(l.hover&&n&&l.hover.node&&e.frame[n]===l.hover.tree.frame[l.hover.node]&&(t.strokeStyle=i.mark,t.lineWidth=1,t.strokeRect(c+.5,r+.5,Math.max(.5,a-c-2),N-2)),e.inlined[n]&&s>6){t.fillStyle=i.ink,t.globalAlpha=.35;for(let u=c;u<a-2;u+=5)t.fillRect(u,r,2,1)}t.globalAlpha=1}function Pn(t,e,n,{tree:o,node:s},r,l){let i=n.width/(n.view[1]-n.view[0]),c=e.rowOf(o,o.depth[s]),a=Math.max(0,(o.x[s]-n.view[0])*i),d=Math.min(n.width,(o.x[s]+o.w[s]-n.view[0])*i);t.strokeStyle=r,t.lineWidth=l,t.strokeRect(a+l/2,c*N-n.top+l/2,Math.max(1,d-a-l-1),N-1-l)}var oe=t=>t.replace(/[&<>"\u0000-\u0008\u000b-\u001f]/g,e=>({"&":"&amp;","<":"&lt;",">":"&gt;",'"':"&quot;"})[e]||"?");function Fn(t,e,{width:n,title:o,root:s,words:r}){let l=e.p,i=document.createElement("canvas").getContext("2d");i.font=On;let c=28,a=t.rows*N+c+4,d=[`<svg xmlns="http://www.w3.org/2000/svg" width="${n}" height="${a}"`,`viewBox="0 0 ${n} ${a}"`,'font-family="system-ui,sans-serif" font-size="12">',`<title>${oe(o)}</title><rect width="100%" height="100%" fill="${l.paper}"/>`,`<text x="8" y="18" fill="${l.ink}" font-size="13" font-weight="600">${oe(o)}</text>`,'<defs><pattern id="less" width="6" height="6" patternUnits="userSpaceOnUse">',`<path d="M0 6L6 0" stroke="${l.ink}" stroke-opacity=".35"/></pattern></defs>`];for(let u=0;u<t.rows;u++){let[f,$]=t.line(u),y=c+u*N;for(let m of f.rows[$]){let h=f.w[m]*n;if(h<.3)continue;let w=(f.x[m]*n).toFixed(1),b=Math.max(.3,h-(h>3?1:0)).toFixed(1),E=`x="${w}" y="${y}" width="${b}" height="${N-1}"`;d.push(`<g><title>${oe(r(f,m))}</title>`),d.push(`<rect ${E} fill="${e.node(f,m)}"/>`),f.minus&&m&&f.plus[m]<f.minus[m]&&h>8&&d.push(`<rect ${E} fill="url(#less)"/>`);let _=h>18?Nn(i,f,m,s,h-8):"";_&&d.push(`<text x="${+w+4}" y="${y+14}" fill="${l.ink}">${oe(_)}</text>`),d.push("</g>")}}return d.push("</svg>"),d.join(`
`)}function Te(t,e,n){if(!t.minus)return`${nt(t.plus[e],n)} (${H(t.plus[e],n.total)})`;let o=s=>`${nt(s,n)} (${H(s,n.total)})`;return`${o(t.minus[e])} → ${o(t.plus[e])}, ${e?Ee(t,e):"in all"}`}function wt(t,e,n){let o=t.self[e]-(t.selfMinus?t.selfMinus[e]:0),s=e?t.name(e):"root",r=t.inlined[e]?" (inlined)":"";return`${s}${r}: ${Te(t,e,n)}, self ${nt(o,n)}`}function Ae(t,e){let n=t.frames[t.frame[e]];return n?n[1]||n[2]:""}var Pt=(t,e,n)=>Math.max(e,Math.min(n,t));function De(t){let[e,n]=(t||"").split("-").map(Number);return e>=0&&n>e&&n<=1?[e,n]:[0,1]}function Wn({picture:t,about:e,colors:n,flags:o,act:s,pivot:r,menu:l,setLine:i,root:c}){let a=z(),d=z(),[u,f]=Jt(a),$=z({view:De(K().get("x")),hover:null,selected:null,frame:0}),[,y]=M(0),m=$.current,h=()=>(m.view[1]-m.view[0])/(u||1),w=()=>{if(m.frame=0,!d.current||!u)return;let g=devicePixelRatio||1,S=Math.round(u*g),L=Math.round(f*g);(d.current.width!==S||d.current.height!==L)&&(d.current.width=S,d.current.height=L);let B=d.current.getContext("2d",{alpha:!1});B.setTransform(g,0,0,g,0,0),re(B,t,{view:m.view,top:a.current.scrollTop,width:u,height:f,flags:o,hover:m.hover,selected:m.selected,colors:n,root:c})};m.paint=w;let b=()=>{m.frame||(m.frame=requestAnimationFrame(()=>m.paint()))};ft(()=>{m.selected=null,m.hover=null,m.view=De(K().get("x")),a.current&&(a.current.scrollTop=t.flipped?1e7:0)},[t]);let E=K().get("x")||"";ft(()=>{m.view=De(E)},[E]),ft(w,[t,n,o,u,f,E]);let _=g=>{let S=Pt(g[1]-g[0],1e-6,1),L=Pt(g[0],0,1-S);m.view=[L,L+S],b(),clearTimeout(m.later),m.later=setTimeout(()=>O({x:S>.9999?null:`${L.toFixed(7)}-${(L+S).toFixed(7)}`},!0),300)};R(()=>()=>clearTimeout(m.later),[]);let k=(g,S=.5)=>{let L=m.view[0]+S*(m.view[1]-m.view[0]);_([L-(L-m.view[0])*g,L+(m.view[1]-L)*g])},T=g=>{let S=d.current.getBoundingClientRect(),L=Math.floor((g.clientY-S.top+a.current.scrollTop)/N);return t.at(L,m.view[0]+(g.clientX-S.left)*h())},D=g=>{m.hover?.node===g?.node&&m.hover?.tree===g?.tree||(m.hover=g,i(g?[g.tree,g.node]:null),b())},v=g=>{m.selected=g,m.hover=null,i([g.tree,g.node]);let S=t.rowOf(g.tree,g.tree.depth[g.node])*N;S<a.current.scrollTop&&(a.current.scrollTop=S),S+N>a.current.scrollTop+f&&(a.current.scrollTop=S+N-f);let[L,B]=[g.tree.x[g.node],g.tree.x[g.node]+g.tree.w[g.node]];(B<=m.view[0]||L>=m.view[1])&&_([L-(m.view[1]-m.view[0])/2,L+(m.view[1]-m.view[0])/2]),b(),y(ct=>ct+1)},C=(g,S)=>{let L=m.selected||{tree:t.down,node:0},{tree:B,node:ct}=L;if(S>0){let Mt=B.kids(ct)[0];return v(Mt!==void 0?{tree:B,node:Mt}:L)}if(S<0){if(ct===0&&t.up&&B===t.down&&t.up.count>1)return v({tree:t.up,node:t.up.kids(0)[0]});let Mt=B.parent[ct];return v(B===t.up&&Mt===0?{tree:t.down,node:0}:{tree:B,node:Mt})}let ae=B.rows[B.depth[ct]];return v({tree:B,node:ae[Pt(ae.indexOf(ct)+g,0,ae.length-1)]})},A={ArrowLeft:()=>C(-1,0),ArrowRight:()=>C(1,0),ArrowDown:()=>C(0,t.flipped?-1:1),ArrowUp:()=>C(0,t.flipped?1:-1),"+":()=>k(.7),"=":()=>k(.7),"-":()=>k(1/.7),0:()=>_([0,1]),a:()=>_([m.view[0]-(m.view[1]-m.view[0])/5,m.view[1]-(m.view[1]-m.view[0])/5]),e:()=>_([m.view[0]+(m.view[1]-m.view[0])/5,m.view[1]+(m.view[1]-m.view[0])/5]),Enter:()=>m.selected&&s(m.selected,!1),p:()=>m.selected&&r(m.selected),z:()=>m.selected&&s(m.selected,!0),Escape:()=>O({p:null,z:null,x:null})," ":()=>m.selected&&St(m.selected)},x=g=>{if(!(g.ctrlKey||g.metaKey||g.altKey)){if(m.selected&&(g.key==="ContextMenu"||g.key==="F10"&&g.shiftKey||g.key==="m")){let S=d.current.getBoundingClientRect(),{tree:L,node:B}=m.selected;l(m.selected,[S.left+Pt((L.x[B]-m.view[0])/h(),0,u),S.top+t.rowOf(L,L.depth[B])*N-a.current.scrollTop+N])}else if(A[g.key])A[g.key]();else return;g.preventDefault()}},F=bt(),St=g=>F([g.tree.name(g.node)]),dt=z(null),Ft=Zt(d,(g,S,L,B)=>{k(1/g,S/u),_([m.view[0]-B*h(),m.view[1]-B*h()])}),po=g=>{if(!g.button){if(Ft.down(g)){dt.current=null;return}dt.current={x:g.clientX,y:g.clientY,view:m.view,top:a.current.scrollTop,moved:!1},d.current.setPointerCapture(g.pointerId)}},fo=g=>{let S=dt.current;if(!Ft.move(g)){if(!S)return D(T(g));if(Math.abs(g.clientX-S.x)+Math.abs(g.clientY-S.y)>4&&(S.moved=!0),S.moved){let L=(g.clientX-S.x)*h();_([S.view[0]-L,S.view[1]-L]),a.current.scrollTop=S.top-(g.clientY-S.y)}}},ho=g=>{let S=dt.current;dt.current=null;let L=!Ft.up(g)&&S&&!S.moved&&T(g);L&&s(L,g.shiftKey)},Ie=g=>{if(g.ctrlKey||g.metaKey){g.preventDefault();let S=d.current.getBoundingClientRect();k(Math.exp(Pt(g.deltaY,-80,80)/160),(g.clientX-S.left)/u)}else if(Math.abs(g.deltaX)>Math.abs(g.deltaY)||g.shiftKey){g.preventDefault();let S=(g.deltaX||g.deltaY)*h();_([m.view[0]+S,m.view[1]+S])}};R(()=>{let g=a.current;return g.addEventListener("wheel",Ie,{passive:!1}),()=>g.removeEventListener("wheel",Ie)});let mo=m.selected?wt(m.selected.tree,m.selected.node,e):"Flame graph. Arrow keys go from box to box; the table shows the same as text.";return p`<div class="flame-box" ref=${a} onScroll=${b}>
    <canvas ref=${d} tabindex="0" role="img" aria-label=${mo} onKeyDown=${x}
      onPointerDown=${po} onPointerMove=${fo} onPointerUp=${ho}
        onPointerCancel=${g=>{Ft.up(g),dt.current=null}}
      onPointerLeave=${()=>D(null)}
      onContextMenu=${g=>{g.preventDefault();let S=T(g);S&&S.node&&l(S,[g.clientX,g.clientY])}}
      style=${{height:f+"px"}}></canvas>
    <div style=${{height:Math.max(0,t.rows*N-f)+"px"}}></div>
  </div>`}var zn=()=>`${P.file||"profile"} ${K().get("si")||P.type}`;function qn(t,e,n){let r=Math.min(t.rows*N,Math.floor(16e3)),l=document.createElement("canvas");l.width=1600*2,l.height=r*2;let i=l.getContext("2d");i.scale(2,2),re(i,t,{view:[0,1],top:0,width:1600,height:r,flags:null,colors:e,root:n}),l.toBlob(c=>at("flamegraph.png","image/png",c))}var No=`:root{color-scheme:light dark}
body{margin:0 8px;font:13px system-ui,sans-serif}
header{position:sticky;top:0;display:flex;gap:12px;align-items:center}
header{padding:8px 0;background:Canvas}
#line{overflow:hidden;white-space:nowrap;text-overflow:ellipsis}input{font:inherit}`,Fo=t=>t.replace(/</g,"\\u003c");async function Un(t,e,n,o,s){let r=await(await fetch("assets/flame.js")).text(),l=Fo(JSON.stringify({data:t.data,about:{unit:t.about.unit,ratio:t.about.ratio,total:t.about.total},color:n,order:o,root:s,flipped:e.flipped})),i=zn().replace(/[&<>]/g,"");at("flamegraph.html","text/html",`<!doctype html><html lang="en"><meta charset="utf-8"><title>${i}</title>
<meta name="viewport" content="width=device-width,initial-scale=1"><style>${No}</style>
<header><b>${i}</b>
<input id="search" placeholder="Search regexp" aria-label="Search regexp">
<span id="line" role="status"></span></header>
<canvas></canvas><script type="application/json" id="flame">${l}<\/script><script>${r.replace(/<\/script/g,"<\\/script")}<\/script></html>`)}function Re(t,e,n,o,s){let r=(l,i)=>wt(l,i,o);return Fn(t,e,{width:s,title:zn(),root:n,words:r})}var Hn=(t,e,n,o)=>at("flamegraph.svg","image/svg+xml",Re(t,e,n,o,1600));var ht=24,Wo=1e3;function yt({label:t,columns:e,rows:n,by:o,onSort:s,isSelected:r,onSelect:l,onAct:i,onMenu:c,empty:a,rowClass:d}){let u=z(),[,f]=Jt(u),[$,y]=M(0),[m,h]=M(0),w=Qt(),b=w?0:Math.max(0,Math.floor($/ht)-8),E=w?Wo:Math.ceil((f||600)/ht)+16,_=Math.min(n.length,b+E);R(()=>h(0),[n.length]);let k=v=>{let C=Math.max(0,Math.min(n.length-1,v)),A=C*ht;h(C),A<u.current.scrollTop&&(u.current.scrollTop=A);let x=f-ht*2;A>u.current.scrollTop+x&&(u.current.scrollTop=A-x),requestAnimationFrame(()=>u.current?.querySelector("tr[data-at]")?.focus({preventScroll:!0}))},T=v=>{let C=Math.max(1,Math.floor(f/ht)-2),A={ArrowDown:1,ArrowUp:-1,PageDown:C,PageUp:-C,Home:-n.length,End:n.length};if(!v.target.closest("thead")){if(v.key in A)k(m+A[v.key]);else if(v.key===" "&&l)l(n[m]);else if(v.key==="Enter"&&i)i(n[m]);else if((v.key==="ContextMenu"||v.key==="F10"&&v.shiftKey)&&c){let x=u.current.querySelector("tr[data-at]").getBoundingClientRect();c(n[m],[x.left+240,x.bottom])}else return;v.preventDefault()}},D=v=>o===v.key?"descending":o==="-"+v.key?"ascending":"none";return p`<div class="scroll" ref=${u} onScroll=${()=>y(u.current.scrollTop)}>
    <table aria-label=${t} aria-rowcount=${n.length+1} onKeyDown=${T}>
      <thead><tr aria-rowindex="1">${e.map(v=>p`<th scope="col" class=${v.className||""}
        aria-sort=${s&&v.sort?D(v):void 0}>${s&&v.sort?p`<button onClick=${()=>s(v.key)}>${v.title}<span aria-hidden="true">${{descending:" ↓",ascending:" ↑",none:""}[D(v)]}</span></button>`:v.title}</th>`)}</tr></thead>
      <tbody>
        ${b>0&&p`<tr aria-hidden="true"><td colspan=${e.length}
          style=${{height:b*ht+"px"}}></td></tr>`}
        ${n.slice(b,_).map((v,C)=>p`<tr key=${b+C} aria-rowindex=${b+C+2}
          tabindex=${b+C===m?0:-1} data-at=${b+C===m?"":void 0}
          aria-selected=${r?r(v):void 0}
          class=${(r?.(v)?"selected ":"")+(d?.(v)||"")}
          onClick=${A=>{h(b+C),l&&!A.target.closest("a,button")&&l(v)}}
          onDblClick=${()=>i&&i(v)}
          onContextMenu=${A=>{c&&(A.preventDefault(),c(v,[A.clientX,A.clientY]))}}>
          ${e.map((A,x)=>x===e.length-1?p`<th scope="row" class=${A.className||""}>${A.cell(v)}</th>`:p`<td class=${A.className||""}>${A.cell(v)}</td>`)}</tr>`)}
        ${_<n.length&&!w&&p`<tr aria-hidden="true"><td colspan=${e.length}
          style=${{height:(n.length-_)*ht+"px"}}></td></tr>`}
      </tbody></table>
    ${n.length===0&&p`<p class="nothing">${a||"Nothing to show."}</p>`}
  </div>`}var kt=(t,e)=>t===e?"-"+e:e;function xt(t,e,n){let o=!n.startsWith("-"),s=e.find(i=>i.key===n.replace(/^-/,""));if(!s||!s.sort)return t;let r=t.map(i=>[s.sort(i),i]),l=r.length&&typeof r[0][0]=="string";return r.sort(([i],[c])=>l?i<c?-1:i>c?1:0:c-i),o||r.reverse(),r.map(([,i])=>i)}function Bn({tree:t,about:e,flags:n,onAct:o,onMenu:s}){let[r,l]=M(()=>new Set(In(t)));R(()=>l(new Set(In(t))),[t]);let i=X(()=>{let f=[],$=[0];for(;$.length;){let y=$.pop();f.push(y);let m=t.kids(y);if(r.has(y))for(let h=m.length;h-- >0;)$.push(m[h])}return f},[t,r]),c=f=>{let $=new Set(r);$.delete(f)||$.add(f),l($)},a=e.total,d=(f,$,y)=>nt(f[y]-($?$[y]:0),e),u=[{key:"total",title:t.minus?"Change":"Total",className:"num",cell:f=>d(t.plus,t.minus,f)},{key:"share",title:"Share",className:"num",cell:f=>H(t.plus[f]-(t.minus?t.minus[f]:0),a)},{key:"self",title:"Self",className:"num",cell:f=>d(t.self,t.selfMinus,f)},{key:"name",title:"Function, with what it calls below it",cell:f=>p`<span style=${{paddingLeft:t.depth[f]*14+"px"}}>
      ${t.kids(f).length?p`<button class="twist" aria-expanded=${r.has(f)}
            aria-label=${r.has(f)?"Close":"Open"}
        onClick=${()=>c(f)}>${r.has(f)?"▾":"▸"}</button>`:p`<span class="twist"></span>`}
      ${f?t.name(f):"root"}${t.inlined[f]?p` <small>(inlined)</small>`:""}</span>`}];return p`<${yt} label="Call tree" columns=${u} rows=${i}
    onSelect=${f=>t.kids(f).length>0&&c(f)}
    onAct=${f=>o({tree:t,node:f},!1)}
    onMenu=${(f,$)=>f&&s({tree:t,node:f},$)}
    rowClass=${f=>n&&f&&n[t.frame[f]]?"found":""} />`}function In(t){let e=[0];for(let n=0;n<12&&t.kids(e[n]).length;n++)e.push(t.kids(e[n])[0]);return e}function Ot({label:t,name:e,value:n,options:o}){return p`<label class="choice">${t} <select value=${n}
    onChange=${s=>O({[e]:s.target.value===o[0][0]?null:s.target.value})}>
    ${o.map(([s,r])=>p`<option value=${s}
      selected=${s===n}>${r}</option>`)}</select></label>`}function zo({picture:t,mode:e,root:n,about:o}){let s=Re(t,new Lt(e,t.down,!1),n,o,1e3);return p`<div class="paper" dangerouslySetInnerHTML=${{__html:s}}></div>`}function Kn(){let t=Qt(),e=Y(),n=J("flamegraph");Q(n);let o=te(),[s,r]=M(null),[l,i]=M(null),c=e.get("order")||"weight",a=X(()=>{if(!n.data)return null;let{frames:x,down:F,up:St}=n.data;return new se(new Dt(x,F,c),St&&St.parent.length>1?new Dt(x,St,c):null,e.get("dir")==="flame")},[n.data,c,e.get("dir")]),d=!!a?.down.minus,u=e.get("color")||(d?"change":"package"),f=X(()=>a&&new Lt(u,a.down,o),[a,u,o]),$=V(e.get("q")),y=X(()=>a&&$?Dn(n.data.frames,$):null,[n.data,e.get("q"),a]),m=e.get("p"),h=m?`all stacks through ${m}`:e.get("z")?"root (zoomed)":"root";R(()=>r(null),[a]);let w=({tree:x,node:F})=>O({p:F?ot([Ae(x,F)]):null,z:null,x:null}),b=({tree:x,node:F})=>{m||x!==a.down?O({x:F?`${x.x[F].toFixed(7)}-${Math.min(1,x.x[F]+x.w[F]).toFixed(7)}`:null}):O({z:F?x.path(F).join("."):null,x:null})},E=(x,F)=>e.get("click")==="zoom"!==F?b(x):w(x),_=(x,F)=>i({hit:x,where:F});if(!a)return p`<${Z} state=${n} what=${"Drawing …"} />`;let k=n.about,T=y&&Rn(a.down,y),D=y?"":`${h}: ${Te(a.down,0,k)}`,v=s?wt(s[0],s[1],k):D,C=[["weight","by weight (left heavy)"],["name","by name"]].concat(n.data.times?[["time","by time"]]:[]),A=a.down.count===1;return p`<main class="page flame">
    <div class="tools" role="toolbar" aria-label="Flame graph">
      <${Ot} label="Direction" name="dir" value=${e.get("dir")||"icicle"} options=${[["icicle","icicle"],["flame","flame"]]} />
      <${Ot} label="Order" name="order" value=${c} options=${C} />
      <${Ot} label="Colour" name="color" value=${u} options=${(d?[["change","by change"]]:[]).concat([["package","by package"],["file","by file"],["self","by self"]])} />
      <${Ot} label="Click" name="click" value=${e.get("click")||"pivot"} options=${[["pivot","pivots"],["zoom","zooms"]]} />
      <${Ot} label="As" name="as" value=${e.get("as")||"picture"} options=${[["picture","picture"],["table","table"]]} />
      <${st} title="Save picture">
        <${U} title="SVG"
          onClick=${()=>Hn(a,f,h,k)} />
        <${U} title="PNG" onClick=${()=>qn(a,f,h)} />
        <${U} title="HTML" hint="one file that works alone"
          onClick=${()=>Un(n,a,u,c,h)} />
      <//>
      ${(m||e.get("z")||e.get("x"))&&p`<button
        onClick=${()=>O({p:null,z:null,x:null})}>Show all</button>`}
      ${d&&p`<span class="legend" aria-hidden="true"><i class="less"></i>less<i
        class="same"></i>same<i class="more"></i>more</span>`}
    </div>
    <div class="line" role="status">
      <span class="who">${v}</span>
      ${y&&p`<span class="found-sum">
        matched ${nt(T,k)} (${H(T,a.down.weight[0])})</span>`}
    </div>
    ${A?p`<p class="nothing">${Vt}</p>`:e.get("as")==="table"?p`<${Bn} tree=${a.down} about=${k} flags=${y} onAct=${E}
            onMenu=${_} />`:t?p`<${zo} picture=${a} mode=${u} root=${h} about=${k} />`:p`<${Wn} picture=${a} about=${k} colors=${f} flags=${y}
            act=${E} pivot=${w} menu=${_} setLine=${r} root=${h} />`}
    ${l&&p`<${vt} at=${l.where} name=${Ae(l.hit.tree,l.hit.node)}
        onClose=${()=>i(null)}
      more=${[["Pivot: all stacks through it",()=>w(l.hit)],["Zoom into this box",()=>b(l.hit)]]} />`}
  </main>`}var jn=(t,e,n)=>Math.max(e,Math.min(n,t));function qo(t){let e=new DOMParser().parseFromString(t,"image/svg+xml").documentElement;return e.nodeName!=="svg"?null:(e.querySelectorAll("script").forEach(n=>n.remove()),e.querySelector(":scope > rect")?.remove(),e.querySelector("#legend")?.remove(),e.removeAttribute("font-family"),document.importNode(e,!0))}var Uo="Call graph. Tab goes from function to function, Enter selects, plus and minus zoom, arrows move.";function Ho({data:t,about:e,selected:n,onToggle:o,onMenu:s,re:r}){let l=z(),i=z({k:1,x:0,y:0}),c=X(()=>qo(t.svg),[t]),a=i.current,d=()=>{c.style.transform=`translate(${a.x}px, ${a.y}px) scale(${a.k})`},u=_=>{let[,,k,T]=c.getAttribute("viewBox").split(" ").map(Number),D=l.current.getBoundingClientRect();if(a.k=jn(Math.min(D.width/k,D.height/T),_,1),a.x=(D.width-k*a.k)/2,a.y=0,k*a.k>D.width||T*a.k>D.height){let v=0;t.nodes.forEach((A,x)=>{Math.abs(A[4])>Math.abs(t.nodes[v][4])&&(v=x)});let C=c.querySelector(`#node${v+1}`)?.getBBox();C&&(a.x=D.width/2-(C.x+C.width/2)*a.k),C&&(a.y=Math.min(8,D.height/3-C.y*a.k))}d()},f=(_,k,T)=>{let D=jn(a.k*_,.05,10);a.x=k-(k-a.x)*D/a.k,a.y=T-(T-a.y)*D/a.k,a.k=D,d()};R(()=>{if(!c)return;let _=c.querySelector("#graph0");_?.setAttribute("transform","translate(0,0)");let[,,k,T]=c.getAttribute("viewBox").split(" ").map(Number);l.current.replaceChildren(c);let D=_?.getBBox(),v=D&&D.width?[Math.ceil(D.x+D.width+24),Math.ceil(D.y+D.height+24)]:[k,T];c.setAttribute("viewBox",`0 0 ${v[0]} ${v[1]}`),c.setAttribute("width",v[0]),c.setAttribute("height",v[1]),c.setAttribute("role","group"),t.nodes.forEach((C,A)=>{let x=c.querySelector(`#node${A+1}`);x&&(x.setAttribute("tabindex","0"),x.setAttribute("role","button"),x.setAttribute("aria-label",`${C[0]}: ${C[5]} of ${C[6]} (${H(C[4],e.total)})`),x.dataset.at=A)}),u(.6)},[c]),R(()=>{t.nodes.forEach((_,k)=>{let T=c?.querySelector(`#node${k+1}`);T&&(T.classList.toggle("selected",n.has(_[1]||_[0])),T.classList.toggle("found",!!r&&r.test(_[0])),T.setAttribute("aria-pressed",n.has(_[1]||_[0])))})},[c,n,r]);let $=z(null),y=_=>{let k=_.target.closest?.("[data-at]");return k?t.nodes[k.dataset.at]:null},m=Zt(l,(_,k,T,D,v)=>{f(_,k,T),a.x+=D,a.y+=v,d()}),h=_=>{if(!_.button){if(m.down(_)){$.current=null;return}$.current={x:_.clientX,y:_.clientY,ox:a.x,oy:a.y,moved:!1,node:y(_)},l.current.setPointerCapture(_.pointerId)}},w=_=>{let k=$.current;m.move(_)||!k||(Math.abs(_.clientX-k.x)+Math.abs(_.clientY-k.y)>4&&(k.moved=!0),k.moved&&(a.x=k.ox+_.clientX-k.x,a.y=k.oy+_.clientY-k.y,d()))},b=_=>{let k=$.current;$.current=null,!m.up(_)&&k&&!k.moved&&k.node&&o(k.node[1]||k.node[0])};return R(()=>{let _=T=>{T.preventDefault();let D=l.current.getBoundingClientRect();f(T.deltaY<0?1.1:.9090909090909091,T.clientX-D.left,T.clientY-D.top)},k=l.current;return k.addEventListener("wheel",_,{passive:!1}),()=>k.removeEventListener("wheel",_)}),p`<div class="graph-box" ref=${l} tabindex="0" role="group" onKeyDown=${_=>{let k=l.current.getBoundingClientRect(),T=y(_),D={ArrowLeft:[60,0],ArrowRight:[-60,0],ArrowUp:[0,60],ArrowDown:[0,-60]};if(_.key==="+"||_.key==="=")f(1.25,k.width/2,k.height/2);else if(_.key==="-")f(.8,k.width/2,k.height/2);else if(_.key==="0")u(.05);else if(D[_.key])a.x+=D[_.key][0],a.y+=D[_.key][1],d();else if(T&&(_.key==="Enter"||_.key===" "))o(T[1]||T[0]);else if(T&&(_.key==="ContextMenu"||_.key==="m")){let v=_.target.getBoundingClientRect();s(T,[v.left,v.bottom])}else return;_.preventDefault()}}
    aria-label=${Uo}
    onPointerDown=${h} onPointerMove=${w} onPointerUp=${b}
      onPointerCancel=${_=>{m.up(_),$.current=null}}
    onContextMenu=${_=>{let k=y(_);k&&(_.preventDefault(),s(k,[_.clientX,_.clientY]))}}
    onDblClick=${_=>y(_)||u(.05)}></div>`}var Gn=(t,e)=>t?p` <small>(${e})</small>`:"",Yn=(t,e)=>[{key:"weight",title:"Weight",className:"num",sort:n=>n[2],cell:n=>n[3]},{key:"share",title:"Share",className:"num",cell:n=>H(n[2],e.total)},{key:"from",title:"Caller",sort:n=>t.nodes[n[0]][0],cell:n=>t.nodes[n[0]][0]},{key:"to",title:"Callee",sort:n=>t.nodes[n[1]][0],cell:n=>p`${t.nodes[n[1]][0]}${Gn(n[4],"inlined")}${Gn(n[5],"over others")}`}];function Vn(){let t=Y(),e=J("graph");Q(e);let n=bt(),[o,s]=M(new Set),[r,l]=M(null),i=V(t.get("q"));R(()=>{s(new Set),n([])},[e.data]);let c=$=>{let y=new Set(o);y.delete($)||y.add($),s(y),n([...y])};if(!e.data)return p`<${Z} state=${e} what=${"Laying out …"} />`;let{data:a,about:d}=e,u=t.get("as")==="table",f=t.get("by")||"weight";return p`<main class="page graph">
    <div class="tools" role="toolbar" aria-label="Graph">
      <label class="choice">As <select value=${u?"table":"picture"}
        onChange=${$=>O({as:$.target.value==="table"?"table":null})}>
        <option value="picture" selected=${!u}>picture</option><option value="table"
          selected=${u}>table of calls</option></select></label>
      <${st} title="Save picture"><${U} title="SVG"
        onClick=${()=>at("graph.svg","image/svg+xml",a.svg)} /><//>
      <span class="hint">${a.nodes.length} functions, ${a.edges.length} calls. Drag moves,
        the wheel zooms, a click selects.</span>
    </div>
    ${a.nodes.length===0?p`<p class="nothing">No functions: the profile is empty, or the filters leave
            nothing.</p>`:u?p`<${yt} label="Calls" columns=${Yn(a,d)} by=${f}
            onSort=${$=>O({by:kt(f,$)})}
        rows=${xt(a.edges.filter($=>!i||i.test(a.nodes[$[0]][0])||i.test(a.nodes[$[1]][0])),Yn(a,d),f)} />`:p`<${Ho} data=${a} about=${d} selected=${o} onToggle=${c}
            re=${i}
        onMenu=${($,y)=>l({name:$[1]||$[0],where:y})} />`}
    ${r&&p`<${vt} at=${r.where} name=${r.name} onClose=${()=>l(null)} />`}
  </main>`}var Le=(t,e,n)=>p`<span class="bar"
    style=${{"--share":Math.min(1,Math.abs(t/(e||1))).toFixed(4)}}>${n}</span>`,Xn=t=>t<0?"less":"";function Qn(){let t=Y(),e=J("top");Q(e);let n=bt(),[o,s]=M(new Set),[r,l]=M(null),i=V(t.get("q")),c=t.get("by")||(t.get("sort")==="cum"?"cum":"flat");R(()=>{s(new Set),n([])},[e.data]);let a=e.about?.total,d=X(()=>[2,3].map(h=>(e.data?.rows||[]).reduce((w,b)=>Math.max(w,Math.abs(b[h])),0)),[e.data]),u=X(()=>[{key:"flat",title:"Flat",className:"num",sort:h=>Math.abs(h[2]),cell:h=>p`<span class=${Xn(h[2])}>${Le(h[2],d[0],h[4])}</span>`},{key:"flatShare",title:"Flat%",className:"num",cell:h=>H(h[2],a)},{key:"sum",title:"Sum%",className:"num extra",cell:h=>H(h.sum,a)},{key:"cum",title:"Cum",className:"num",sort:h=>Math.abs(h[3]),cell:h=>p`<span class=${Xn(h[3])}>${Le(h[3],d[1],h[5])}</span>`},{key:"cumShare",title:"Cum%",className:"num",cell:h=>H(h[3],a)},{key:"name",title:"Name",sort:h=>h[0],cell:h=>p`<span title=${h[0]}>${h[0]}</span>${h[1]&&p` <small>${h[1]}</small>`}`}],[a,d]),f=X(()=>{if(!e.data)return[];let h=e.data.rows.map(E=>E.slice());h.forEach((E,_)=>{E.i=_});let w=xt(h,u,c),b=0;for(let E of w)E.sum=b+=E[2];return w},[e.data,c,u]),$=X(()=>i?f.filter(h=>i.test(h[0])):f,[f,t.get("q")]),y=h=>h[6]||h[0],m=h=>{let w=new Set(o);w.delete(y(h))||w.add(y(h)),s(w),n([...w])};return e.data?p`<main class="page">
    <div class="tools"><span class="hint">
      ${j($.length)}${i?` of ${j(f.length)}`:""} functions,
      total ${e.about.totalText}. A click selects, Enter shows the source.</span></div>
    <${yt} label="Functions by weight" columns=${u} rows=${$} by=${c}
      onSort=${h=>O({by:kt(c,h)})}
      isSelected=${h=>o.has(y(h))} onSelect=${m}
      onAct=${h=>gt(G("source",{f:ot([y(h)])}))}
      onMenu=${(h,w)=>l({name:y(h),where:w})}
      empty=${i?"No function matches the search.":Vt} />
    ${r&&p`<${vt} at=${r.where} name=${r.name} onClose=${()=>l(null)} />`}
  </main>`:p`<${Z} state=${e} what=${"Counting …"} />`}var Io=60;function Jn({list:t,cum:e,what:n}){let[o,s]=M(!1),r=typeof t[t.length-1]=="number"?t[t.length-1]:0,l=r?t.slice(0,-1):t,i=o?l:l.slice(0,Io);return p`${i.map(c=>p`<tr class=${n}>
    <td class="num">${Le(c[1],e,c[2])}</td><td class="num">${H(c[1],e)}</td>
    <th scope="row"><span class="indent">${n==="caller"?"↓":"↳"} <a
      href=${G("peek",{f:ot([c[4]])})}
      onClick=${a=>et(a,a.currentTarget.getAttribute("href"))}>${c[0]}</a>
      ${c[3]?p` <small>(inlined)</small>`:""}</span></th></tr>`)}
    ${l.length>i.length&&p`<tr><td></td><td></td><th scope="row"><button
      onClick=${()=>s(!0)}>${l.length-i.length} more</button></th></tr>`}
    ${r>0&&o&&p`<tr><td></td><td></td><th scope="row">
    <small>and ${r} lighter ones</small></th></tr>`}`}function Zn(){let t=Y(),e=J("peek");Q(e);let n=V(t.get("q"));if(!e.data)return p`<${Z} state=${e} what=${"Looking up …"} />`;let{data:o,about:s}=e,r=o.nodes.filter(l=>!n||n.test(l.name));return p`<main class="page flow">
    ${!t.get("f")&&p`<p
      class="hint">The heaviest functions. Type an expression in the search box and press Enter to
      see some.</p>`}
    <table class="peek" aria-label="Callers and callees">
      <thead><tr><th class="num" scope="col">Weight</th><th class="num" scope="col">Of cum</th><th
        scope="col">Callers above, callees below</th></tr></thead>
      ${r.map(l=>p`<tbody>
        <${Jn} list=${l.callers} cum=${l.cum} what="caller" />
        <tr class="node"><td class="num">${l.cumText}</td><td
          class="num">${H(l.cum,s.total)}</td>
          <th scope="row"><a href=${G("source",{f:ot([l.function])})}
            onClick=${i=>et(i,i.currentTarget.getAttribute("href"))}>${l.name}</a>
          <small> flat ${l.flatText} (${H(l.flat,s.total)})</small></th></tr>
        <${Jn} list=${l.callees} cum=${l.cum} what="callee" />
      </tbody>`)}
    </table>
    ${r.length===0&&p`<p class="nothing">Nothing matches.</p>`}
    ${o.leftOut>0&&p`<p class="hint">${j(o.leftOut)} more functions match; a
      narrower expression shows them.</p>`}
  </main>`}var Pe=t=>t?"num hot":"num";function to({of:t,about:e}){return p`<p>flat <b>${t.texts[0]||"0"}</b>, cum <b>${t.texts[1]||"0"}</b>
    ${" "}(${H(t.cum,e.total)} of the total)</p>`}function Bo({i:t,before:e}){let n=t[6],o=e?e[6]:[],s=0;for(;s<n.length&&s<o.length&&n[s][0]===o[s][0]&&n[s][1]===o[s][1];)s++;let r=i=>i.split("/").pop(),l=p`<tr class="gap"><td colspan="3"></td><td class="code">⋮</td></tr>`;return p`${t[5]?l:""}
    ${n.slice(s).map((i,c)=>p`<tr class="call"><td colspan="2"></td><td class="num">${i[1]}</td>
      <td class="code"><span
        style=${{paddingLeft:(s+c+1)*2+"ch"}}>inlined: ${r(i[0])}:${i[1]}</span>
        </td></tr>`)}
    <tr class="asm"><td class=${Pe(t[0])}>${t[0]}</td><td class="num">${t[1]}</td><td
      class="num faint">${t[2]}</td>
      <td class="code"><span
        style=${{paddingLeft:(n.length+1)*2+"ch"}}>${t[3]}</span>${t[4]&&p`<span
          class="place">${t[4]}</span>`}</td></tr>`}function Ko({line:t,forced:e}){let[n,o]=M(null),s=t[4],r=s&&(n??e),l=t[3]===null?t[0]?"(this line of the source is not here)":"(line not known)":t[3],i=p`<td class=${Pe(t[1])}>${t[1]}</td><td class="num">${t[2]}</td><td
    class="num faint">${t[0]||""}</td>`;return s?p`<tr class="opens" onClick=${()=>o(!r)}>${i}
      <td class="code"><button class="line" aria-expanded=${!!r}>${l||" "}</button></td>
      </tr>
    ${r&&s.map((c,a)=>p`<${Bo} i=${c} before=${s[a-1]} />`)}`:p`<tr class=${t[2]?"":"idle"}>${i}<td class="code">${l}</td></tr>`}function jo({f:t,about:e,forced:n}){return p`<section class="function"><h2>${t.name}</h2>
    <p class="faint file">${t.file||"(no source file is known)"}</p>
    ${t.trouble&&p`<p class="warning">${t.trouble}</p>`}
    <${to} of=${t} about=${e} />
    <div class="code-box" tabindex="0" role="region" aria-label=${"Source of "+t.name}><table
      class="source" aria-label=${t.name}>
      <thead><tr><th class="num" scope="col">Flat</th><th class="num" scope="col">Cum</th><th
        class="num" scope="col">Line</th><th scope="col">Source</th></tr></thead>
      <tbody>${t.lines.map(o=>p`<${Ko} line=${o} forced=${n} />`)}</tbody></table>
      </div></section>`}function eo(){let t=Y(),e=J("source");Q(e);let n=t.get("open")==="all",o=V(t.get("q"));if(!e.data)return p`<${Z} state=${e} what=${"Reading binaries and sources …"} />`;let{data:s,about:r}=e,l=s.functions.filter(i=>!o||o.test(i.name)||o.test(i.file));return p`<main class="page flow">
    <div class="tools"><button aria-pressed=${n}
      onClick=${()=>O({open:n?null:"all"})}>
      ${n?"Hide":"Show"} all instructions</button>
      <span class="hint">A click on a line shows its instructions and inlined calls.
        ${t.get("f")?"":" The heaviest functions are shown; search for others."}</span></div>
    ${l.map(i=>p`<${jo} key=${i.name+i.file} f=${i} about=${r}
      forced=${n} />`)}
    ${l.length===0&&p`<p class="nothing">No function to show.</p>`}
    ${s.leftOut>0&&p`<p
      class="hint">${s.leftOut} more functions match; a narrower expression shows them.</p>`}
  </main>`}function Go({r:t,about:e}){return p`<section class="function"><h2>${t.name}</h2>
    ${t.others.length>0&&p`<p class="faint">also ${t.others.join(", ")}</p>`}
    <${to} of=${t} about=${e} />
    <div class="code-box" tabindex="0" role="region" aria-label=${"Instructions of "+t.name}>
    <table class="source disasm" aria-label=${t.name}>
      <thead><tr><th class="num" scope="col">Flat</th><th class="num" scope="col">Cum</th><th
        class="num" scope="col">Address</th><th scope="col">Instruction</th><th
          scope="col">Comes from</th></tr></thead>
      <tbody>${t.lines.map((n,o)=>{let s=t.lines[o-1],r=!s||s[4]!==n[4]||s[5]!==n[5];return p`<tr class=${n[1]?"":"idle"}><td class=${Pe(n[0])}>${n[0]}</td><td
          class="num">${n[1]}</td><td class="num faint">${n[2]}</td>
          <td class="code">${n[3]}</td><td
            class="code faint">${r?[n[4],n[5]].filter(Boolean).join(" "):""}</td></tr>`})}</tbody></table></div></section>`}function no(){let t=Y(),e=J("disasm");Q(e);let n=V(t.get("q"));if(!e.data)return p`<${Z} state=${e} what=${"Disassembling …"} />`;let o=e.data.routines.filter(s=>!n||n.test(s.name));return p`<main class="page flow">
    ${!t.get("f")&&p`<p
      class="hint">The heaviest functions are shown; search for others.</p>`}
    ${o.map(s=>p`<${Go} key=${s.name} r=${s} about=${e.about} />`)}
    ${o.length===0&&p`<p class="nothing">No function to show.</p>`}
  </main>`}function Oe(t,e){let n=`${e[4]}${t.unit}`;return`${t.key}=${e[4]===null?`^${Xt(e[0])}$`:`${n}:${n}`}`}function it({to:t,children:e,title:n}){return p`<a href=${t} title=${n} onClick=${o=>et(o,t)}>${e}</a>`}function Yo({k:t,about:e,re:n}){let o=t.values.filter(r=>!n||n.test(r[0])||n.test(t.key));if(!o.length)return null;let s={tagroot:t.key};return p`<section class="label-key">
  <h2>${t.key} <small>${t.sumText} (${H(t.sum,e.total)})</small></h2>
    <p class="hint"><${it}
      to=${G("flamegraph",s)}>Flame graph with it at the root</${it}></p>
    <table aria-label=${"Values of "+t.key}><thead><tr><th class="num" scope="col">Weight</th><th
      class="num" scope="col">Share</th>
      <th class="num" scope="col">Samples</th><th scope="col">Value</th><th scope="col">Filter</th>
      </tr></thead><tbody>
      ${o.map(r=>p`<tr><td class="num"><span class="bar"
          style=${{"--share":Math.min(1,Math.abs(r[1]/(e.total||1)))}}>${r[2]}</span>
          </td>
        <td class="num">${H(r[1],e.total)}</td><td
          class="num">${j(r[3])}</td><th scope="row">${r[0]||"(empty)"}</th>
        <td><${it} to=${tt("labels",{tf:Oe(t,r)})}>only</${it}> <${it}
          to=${tt("labels",{ti:Oe(t,r)})}>without</${it}> <${it}
            to=${G("flamegraph",{tf:Oe(t,r)})}>flame graph</${it}></td></tr>`)}
    </tbody></table>
    ${t.leftOut>0&&p`<p
      class="hint">${j(t.leftOut)} more values.</p>`}</section>`}function oo(){let t=Y(),e=J("labels");Q(e);let n=V(t.get("q"));if(!e.data)return p`<${Z} state=${e} what=${"Summing …"} />`;let o=t.get("tf")||t.get("ti");return p`<main class="page flow">
    ${o&&p`<div class="tools"><button
      onClick=${s=>et(s,tt("labels",{tf:null,ti:null}))}>
      Show all samples</button></div>`}
    ${e.data.keys.map(s=>p`<${Yo} key=${s.key} k=${s} about=${e.about} re=${n}
      />`)}
    ${e.data.keys.length===0&&p`<p class="nothing">The samples carry no labels.</p>`}
  </main>`}var le=t=>t.state+`
`+t.frames.map(e=>e.join(" ")).join(`
`)+`
`+t.by,Vo=t=>`${t.state} ${t.by} ${t.frames.map(e=>e.join(" ")).join(" ")}`;function Xo(t,e){let n=new Map(e.groups.map(s=>[le(s),s])),o=t.groups.map(s=>{let r=n.get(le(s));return n.delete(le(s)),{...s,was:r?r.count:0}});for(let s of n.values())o.push({...s,was:s.count,count:0});return o}var so=[{key:"count",title:"Count",sort:t=>t.count},{key:"delta",title:"Change",sort:t=>t.count-(t.was??t.count)},{key:"longest",title:"Longest wait",sort:t=>t.longest},{key:"state",title:"State",sort:t=>t.state},{key:"where",title:"Where, and who started it",sort:t=>t.frames[0]?.[0]||""}],Jo=t=>{let e=t.count-t.was;return e>0?`+${e}`:e<0?`−${-e}`:"="},Qo=/^(runtime\.|sync\.|internal\/|syscall\.|__|pthread_|futex|poll$|epoll_|read$|accept)/;function Zo({g:t,isDiff:e}){let[n,o]=M(!1),s=t.frames[0],r=t.count<t.was?"less":t.count>t.was?"more":"",l=t.frames.find(i=>!Qo.test(i[0]))||s;return p`<tr class="opens" onClick=${i=>i.target.closest("a")||o(!n)}>
      <td class="num"><b>${t.count}</b></td>
      ${e&&p`<td class=${"num "+r}>${Jo(t)}</td>`}
      <td class="num">${we(t.longest)}</td><td>${t.state}</td>
      <th scope="row"><button class="line"
        aria-expanded=${n}>${l?l[0]:"(no frames)"}</button>
        ${l!==s&&s&&p` <small>in ${s[0]}</small>`}
        ${t.by&&p` <small>by ${t.by}</small>`}</th></tr>
    ${n&&p`<tr class="stack"><td colspan=${e?5:4}><ol>${t.frames.map(i=>p`<li>
      <span>${i[0]}</span> <small>${i[1]}</small></li>`)}
      ${t.by&&p`<li class="by">created by ${t.by} <small>${t.byAt}</small></li>`}</ol>
      <p class="faint">
        ids ${t.ids.join(", ")}${t.count>t.ids.length?", …":""}</p></td></tr>`}`}function ro(){let t=Y(),e=J("goroutines",{keep:!1});Q(e);let n=V(t.get("q")),o=t.get("by")||(e.data?.before?"delta":"count"),s=!!e.data?.before,r=X(()=>{if(!e.data)return[];let u=s?Xo(e.data.now,e.data.before):e.data.now.groups;return xt(u,so,o)},[e.data,o]);if(!e.data)return p`<${Z} state=${e} what=${"Reading the dump …"} />`;let l=[...new Set(r.map(u=>u.state))].sort(),i=t.get("sel"),c=r.filter(u=>(!n||n.test(Vo(u)))&&(!i||u.state===i)),a=c.reduce((u,f)=>u+f.count,0),d=u=>o===u.key?"descending":o==="-"+u.key?"ascending":"none";return p`<main class="page flow">
    <div class="tools">
      <label class="choice">State <select value=${i||""}
        onChange=${u=>O({sel:u.target.value||null})}>
        <option value="">all</option>${l.map(u=>p`<option value=${u}
          selected=${u===i}>${u}</option>`)}</select></label>
      <span class="hint">${j(a)} of ${j(e.data.now.total)} goroutines
        in ${j(c.length)} groups${s?", compared with an earlier moment":""}.
      </span>
    </div>
    <table class="goroutines" aria-label="Goroutines, grouped"><thead><tr>${so.filter(u=>s||u.key!=="delta").map(u=>p`<th scope="col"
          class=${["count","delta","longest"].includes(u.key)?"num":""}
            aria-sort=${d(u)}>
      <button onClick=${()=>O({by:kt(o,u.key)})}>${u.title}<span
        aria-hidden="true">${{descending:" ↓",ascending:" ↑",none:""}[d(u)]}</span>
        </button></th>`)}</tr></thead>
      <tbody>${c.slice(0,1e3).map(u=>p`<${Zo} key=${le(u)} g=${u}
        isDiff=${s} />`)}</tbody></table>
    ${c.length>1e3&&p`<p
      class="hint">The first 1,000 groups are shown; search for others.</p>`}
    ${c.length===0&&p`<p class="nothing">No goroutine matches.</p>`}
  </main>`}var qe=t=>new Date(t).toLocaleTimeString("en-GB"),Ne=t=>t.includes("(bytes)"),Fe=t=>t.replace(" (bytes)",""),We=(t,e)=>e==null?"not known":Ne(t)?jt(e):j(e);function ts({uPlot:t,name:e,at:n,values:o,moments:s,onPick:r}){let l=z(),i=z(),c=z(),a=te();c.current=r,R(()=>{let u=a?"#9aa2ab":"#6b7178",f={stroke:u,grid:{stroke:a?"#2c3138":"#e6e9ed",width:1},ticks:{show:!1},font:"11px system-ui"},$=h=>{h.ctx.save(),h.ctx.strokeStyle=u,h.ctx.setLineDash([3,3]);for(let w of s.current){let b=Math.round(h.valToPos(w.at/1e3,"x",!0));b<h.bbox.left||b>h.bbox.left+h.bbox.width||(h.ctx.beginPath(),h.ctx.moveTo(b,h.bbox.top),h.ctx.lineTo(b,h.bbox.top+h.bbox.height),h.ctx.stroke())}h.ctx.restore()};i.current=new t({width:l.current.clientWidth,height:130,legend:{show:!1},hooks:{draw:[$]},cursor:{points:{size:6},drag:{x:!1,y:!1}},scales:{y:{range:(h,w,b)=>[0,(b||1)*1.1]}},axes:[{...f,space:70,size:28,values:(h,w)=>w.map(b=>qe(b*1e3))},{...f,size:62,space:26,...Ne(e)?{incrs:Array.from({length:50},(h,w)=>2**w)}:{},values:(h,w)=>w.map(b=>Ne(e)?jt(b):j(b))}],series:[{},{stroke:a?"#8ab4ff":"#1a56c4",width:1.5,fill:a?"#8ab4ff22":"#1a56c418",points:{show:!1}}]},[n,o],l.current);let y=h=>{let w=i.current.cursor.idx;w!=null&&c.current(i.current.data[0][w]*1e3,h.shiftKey)};i.current.over.addEventListener("click",y);let m=new ResizeObserver(()=>i.current.setSize({width:l.current.clientWidth,height:130}));return m.observe(l.current),()=>{m.disconnect(),i.current.destroy()}},[a,e]),R(()=>i.current.setData([n,o]),[n,o]);let d=o[o.length-1];return p`<figure class="chart"><figcaption>
  <b>${Fe(e)}</b> <span>${We(e,d)}</span></figcaption>
    <div ref=${l} role="img" aria-label=${`${Fe(e)} over time, now ${We(e,d)}`}>
    </div></figure>`}var lo=t=>O({m:t,mb:K().get("mb")===t?null:K().get("mb")}),ze=t=>O({mb:K().get("m")===t?null:t});function es({moments:t}){let e=K(),n=t.length?t[t.length-1].number:0,o=e.get("m")||String(n),s=e.get("mb")===o?"":e.get("mb")||"",r=i=>G(i,{m:o===String(n)&&!s?null:o,mb:s||null}),l=(i,c)=>p`<a class="button" href=${r(i)} onClick=${a=>et(a,r(i))}>${c}</a>`;return p`<section class="moments"><h2>Moments</h2>
    <table aria-label="Moments"><thead><tr><th scope="col">Look at</th><th
      scope="col">Compare with</th><th scope="col">Moment</th></tr></thead><tbody>
      ${t.map(i=>p`<tr><td><input type="radio" name="now" aria-label=${`look at moment ${i.number}`}
          checked=${o===String(i.number)} onChange=${()=>lo(String(i.number))} /></td>
        <td><input type="radio" name="base" aria-label=${`compare with moment ${i.number}`}
          checked=${s===String(i.number)} disabled=${o===String(i.number)}
            onChange=${()=>ze(String(i.number))} /></td>
        <th scope="row">${i.number}: ${qe(i.at)}
          ${i.dump?"":p` <small>no goroutine dump</small>`}</th></tr>`)}
    </tbody></table>
    <p>${s&&p`<button onClick=${()=>ze(null)}>Compare with none</button> `}
      ${l("flamegraph",s?"Flame graph of the difference":"Flame graph")}${" "}
      ${l("top","Top")}${" "}
      ${P.views.find(i=>i.path==="goroutines").there&&l("goroutines","Goroutines")}
    </p>
  </section>`}function ao(){Y();let[t,e]=M(0),[n,o]=M(""),[s,r]=M(""),[l,i]=M(!1),[c,a]=M(!1),[d,u]=M(null);R(()=>{import("./chart.js").then(v=>u(()=>v.default)).catch(v=>r(v.message))},[]);let f=J("live",{keep:!1,tick:t});Q({...f,since:f.data?void 0:f.since});let $=z([]),y=f.data?.every||0;R(()=>{if(!y)return;let v=setInterval(()=>document.hidden||e(C=>C+1),Math.max(1e3,y*1e3));return()=>clearInterval(v)},[y]);let m=(v,C)=>async()=>{o(v),r("");try{await Gt(C)}catch(A){r(A.message)}o(""),e(A=>A+1)};if(!f.data)return p`<${Z} state=${f} what=${"Asking …"} />`;let h=f.data;$.current=h.moments;let w=Object.keys(h.series),b=["resident memory (bytes)","heap in use (bytes)","threads","goroutine","descriptors","fd"],E=w.filter(v=>!b.includes(v)),_=w.filter(v=>b.includes(v));_.sort((v,C)=>b.indexOf(v)-b.indexOf(C));let k=v=>p`<${ts} key=${v} uPlot=${d} name=${v} at=${h.at} values=${h.series[v]}
      moments=${$} onPick=${T} />`,T=(v,C)=>{let A=h.moments.reduce((x,F)=>Math.abs(F.at-v)<Math.abs(x.at-v)?F:x,h.moments[0]);A&&(C?ze:lo)(String(A.number))},D=h.at.length?`${y?"recording, ":""}${h.at.length} points`:"";return p`<main class="page flow live">
    <div class="tools">
      <button disabled=${!!n}
        onClick=${m("Fetching the profile …","data/take")}>Take a moment now</button>
      ${y?p`<button onClick=${m("","data/record?every=0")}>Stop recording</button>`:p`<button disabled=${!!n}
            onClick=${m("Starting …",`data/record?every=2${l?"&profiles=1":""}`)}>
            Record every 2 s</button>
          <label class="choice"><input type="checkbox" checked=${l}
            onChange=${v=>i(v.target.checked)} /> with a profile each</label>`}
      <span class="hint" role="status">${n||D}</span>
    </div>
    <p class="faint">${h.source}${h.pid?`, process ${h.pid} on this machine`:""}</p>
    ${(s||h.trouble)&&p`<p class="warning" role="alert">${s||h.trouble}</p>`}
    ${h.at.length===0?p`<p class="hint">Recording draws the program's totals over time: memory, threads or
            goroutines, descriptors. Moments keep whole profiles, to be compared.</p>`:p`<p class="hint">A click in a chart looks at the moment nearest to it, Shift and a
            click compares with it; dashed lines are moments.</p>
        <div class="charts">${d&&_.map(k)}</div>
        ${E.length>0&&p`<details onToggle=${v=>a(v.currentTarget.open)}>
        <summary>Counts of the other profiles</summary>${c&&d&&p`<div
          class="charts">${E.map(k)}</div>`}</details>`}
        <details><summary>The same as a table</summary><div class="code-box"><table
          aria-label="Totals over time"><thead><tr><th
            scope="col">Time</th>${w.map(v=>p`<th class="num"
              scope="col">${Fe(v)}</th>`)}</tr></thead>
          <tbody>${h.at.slice(-200).map((v,C,A)=>p`<tr><th
            scope="row">${qe(v*1e3)}</th>${w.map(x=>p`<td
              class="num">${We(x,h.series[x][h.at.length-A.length+C])}</td>`)}</tr>`)}
          </tbody></table></div></details>`}
    <${es} moments=${h.moments} />
  </main>`}var io={top:Qn,graph:Vn,flamegraph:Kn,peek:Zn,source:eo,disasm:no,labels:oo,goroutines:ro,live:ao},Ue=P.views.filter(t=>t.there),He=new Map(P.options.map(t=>[t.url,t]));function ns(t,e,n){return n?["peek","source","disasm"].includes(t)?{f:n}:t==="flamegraph"&&e!==t?{p:n}:{}:{}}function os({view:t,re:e}){return p`<${st} title="View">${Ue.map(n=>p`<${U} title=${n.title} hint=${n.help} current=${n.path===t}
      to=${G(n.path,ns(n.path,t,e))} />`)}<//>`}function ss({url:t,view:e}){let n=t.get("si")||P.type,o=/^\d+$/.test(n)?P.types[n]:n;return p`<${st} title="Sample">${P.types.map(s=>p`<${U} title=${s} current=${s===o}
    to=${tt(e,{si:s,z:null,x:null})} />`)}<//>`}function rs({view:t,re:e,url:n}){let o=[...He.keys()].filter(r=>["f","i","h","s","sf","prunefrom","tf","ti","ts","th"].includes(r)&&n.get(r)),s=Object.fromEntries(["f","i","h","s","sf","prunefrom","tf","ti","ts","th","p","z","x","q"].map(r=>[r,null]));return p`<${st} title="Refine">
    ${!e&&p`<div class="popup-title">Type an expression or select something first</div>`}
    ${ke(e).map(([r,l,i,c])=>p`<${U} title=${r} hint=${c}
      disabled=${!e} to=${e&&G(t,{[l]:i,q:null,z:null,x:null})}
        />`)}
    <hr />
    ${o.map(r=>p`<${U} title=${`Without ${He.get(r).name}`} hint=${n.get(r)}
      to=${tt(t,{[r]:null,z:null,x:null})} />`)}
    <${U} title="Reset" hint="no filters" to=${tt(t,s)} /><//>`}function co(t,e){return P.options.filter(o=>o.saved).map(o=>o.url).every(o=>(t.get(o)??Nt(o))===(e[o]??Nt(o)))}var Nt=t=>{let e=He.get(t);return e.kind==="bool"?e.value[0]:e.value};function uo(t,e){let n={};for(let o of P.options)o.saved&&(n[o.url]=o.url in e&&e[o.url]!==Nt(o.url)?e[o.url]:null);return tt(t,{...n,z:null,x:null})}function ls({view:t,url:e,configs:n,onSave:o,onDelete:s,onOptions:r}){return p`<${st} title="Config">
    <${U} title="Options ..." hint="granularity, units, limits" onClick=${r} />
    <${U} title="Save as ..." onClick=${o} /><hr />
    <${U} title="Default" current=${co(e,{})} to=${uo(t,{})} />
    ${n.map(l=>p`<div class="pair"><${U} title=${l.name} current=${co(e,l.params)}
        to=${uo(t,l.params)} />
      <button class="quiet" aria-label=${`Delete ${l.name}`}
        onClick=${()=>s(l.name)}>✕</button></div>`)}<//>`}function as({url:t}){let e=["m","mb"].filter(o=>t.get(o)).map(o=>`${o}=${t.get(o)}`).join("&"),n=async()=>{let o=await fetch(`data/${lt()}${location.search}`);at(`${lt()}.json`,"application/json",await o.text())};return p`<${st} title="Download">
    <a role="menuitem" href=${"download"+(e?"?"+e:"")} download="profile.pb.gz">
    <span>Profile</span><small>profile.pb.gz</small></a>
    <${U} title="This view as JSON" onClick=${n} /><//>`}function is({configs:t,onClose:e,onDone:n}){let[o,s]=M(""),[r,l]=M("");return p`<${At} title="Save configuration as" onClose=${e}><form onSubmit=${async c=>{c.preventDefault();let a=K();a.set("config",o);try{await Gt("saveconfig?"+a),n(),e()}catch(d){l(d.message)}}}>
    <label>Name <input autofocus list="config-names" value=${o}
      onInput=${c=>s(c.target.value)} /></label>
    <datalist id="config-names">${t.map(c=>p`<option value=${c.name} />`)}</datalist>
    <p class="hint">Options and filters of this address are kept in the settings file that
      google/pprof uses too.</p>
    ${r&&p`<p class="warning" role="alert">${r}</p>`}
    <p class="buttons"><button type="submit" class="primary" disabled=${!o}>Save</button></p>
    </form><//>`}function cs({name:t,onClose:e,onDone:n}){let[o,s]=M(""),r=async()=>{try{let l=await fetch("deleteconfig?config="+encodeURIComponent(t),{method:"DELETE"});if(!l.ok)throw new Error(await l.text());n(),e()}catch(l){s(l.message)}};return p`<${At} title="Delete configuration" onClose=${e}>
    <p>Delete “${t}”?</p>
    ${o&&p`<p class="warning" role="alert">${o}</p>`}
    <p class="buttons"><button onClick=${r} class="primary">Delete</button></p><//>`}function us({onClose:t}){let[e,n]=M(Object.fromEntries(P.options.map(l=>[l.url,K().get(l.url)??Nt(l.url)]))),o=P.options.filter(l=>l.url!=="si"),s=l=>{l.preventDefault();let i={z:null,x:null};for(let c of o)i[c.url]=e[c.url]===Nt(c.url)?null:e[c.url];O(i),t()},r=l=>{let i=c=>n({...e,[l.url]:c});return l.kind==="bool"?p`<input type="checkbox" id=${"o-"+l.url}
        checked=${/^(t|true|1|y|yes)$/i.test(e[l.url])}
          onChange=${c=>i(c.target.checked?"t":"f")} />`:l.choices?p`<select id=${"o-"+l.url} value=${e[l.url]}
        onChange=${c=>i(c.target.value)}>
      <option value=${l.value}
        selected=${e[l.url]===l.value}>${l.value||"(default)"}</option>${l.choices.split(" ").filter(c=>c!==l.value).map(c=>p`<option value=${c} selected=${e[l.url]===c}>${c}</option>`)}</select>`:p`<input id=${"o-"+l.url} value=${e[l.url]}
      onInput=${c=>i(c.target.value)} />`};return p`<${At} title="Options" onClose=${t} wide=${!0}><form onSubmit=${s}
    class="options">
    ${o.map(l=>p`<div class="option"><label
      for=${"o-"+l.url}>${l.name.replace(/_/g," ")}</label>${r(l)}<small>${l.help}</small>
      </div>`)}
    <p class="buttons"><button type="submit" class="primary">Apply</button></p></form><//>`}var ps=[["Everywhere",[["?","this list"],["/","search"],["1 … 9","the views, in the order of the menu"],["t","picture or table"],["Escape","close, or leave the search"]]],["Flame graph",[["arrows","from box to box"],["Enter","what a click does"],["p, z","pivot, zoom"],["+, −, 0","zoom in, out, all"],["a, e","move left, right"],["m","actions on the box"],["space","select, for the menus"],["Escape","show all"]]],["Graph",[["Tab","from function to function"],["Enter","select"],["+, −, 0","zoom in, out, fit"],["arrows","move"],["m","actions on the function"]]],["Tables",[["↑ ↓ Page Home End","from row to row"],["space","select"],["Enter","show the source"],["Shift F10","actions on the row"]]]];function fs({onClose:t}){return p`<${At} title="Keys" onClose=${t} wide=${!0}><div class="keys">${ps.map(([e,n])=>p`<section><h3>${e}</h3>
    <dl>${n.map(([o,s])=>p`<dt><kbd>${o}</kbd></dt><dd>${s}</dd>`)}</dl></section>`)}</div>
    <p class="hint">Flame graph: a click pivots, Shift and a click zooms (or the other way round, by
      the toolbar); Ctrl and the wheel zoom, dragging moves, the right button lists actions.</p>
    <//>`}var hs="Marks what matches. Enter: in the flame graph all stacks through it, elsewhere only stacks through it.";function ds({url:t,view:e}){let n=z(),[o,s]=M(t.get("q")||""),r=z();R(()=>s(t.get("q")||""),[t.get("q")]);let l=a=>{let d=a.target.value;s(d),clearTimeout(r.current),r.current=setTimeout(()=>O({q:d},!0),300)},i=a=>{if(a.key==="Escape"&&n.current.blur(),a.key!=="Enter"||!V(o))return;clearTimeout(r.current);let d=e==="flamegraph"?{p:o,z:null,x:null}:["goroutines","labels","live"].includes(e)?{q:o}:{f:o};O(d.q?d:{...d,q:null})},c=o&&!V(o);return p`<input type="search" id="search" ref=${n} value=${o}
    placeholder="Search regexp" aria-label="Search regexp" aria-invalid=${!!c}
    title=${c?"This is no regular expression (yet).":hs}
    onInput=${l} onKeyDown=${i} spellcheck="false" autocomplete="off" />`}function ms({since:t}){let[,e]=M(0);R(()=>{if(!t)return;let o=setInterval(()=>e(s=>s+1),250);return()=>clearInterval(o)},[t]);let n=t?(Date.now()-t)/1e3:0;return p`<div class=${"progress"+(t?" busy":"")}
    role="status">${n>.7?`Working, ${n.toFixed(1)} s`:""}</div>`}function $s({url:t,view:e}){let n=P.options.filter(o=>t.get(o.url)&&!["si","g"].includes(o.url)).map(o=>[o.url,o.name,t.get(o.url)]);return t.get("p")&&n.push(["p","pivot",t.get("p")]),t.get("mb")&&n.push(["mb","compared with moment",t.get("mb")]),t.get("m")&&n.push(["m","moment",t.get("m")]),n.length?p`<div class="chips" aria-label="Filters and options in force">${n.map(([o,s,r])=>p`<span class="chip"><b>${s.replace(/_/g," ")}</b> <span>${r}</span>
    <button class="quiet" aria-label=${`Without ${s}`}
      onClick=${()=>O({[o]:null,z:null,x:null})}>✕</button></span>`)}</div>`:null}function _s(){let t=Y(),e=io[lt()]?lt():P.view,[n,o]=M({messages:[]}),[s,r]=M(null),[l,i]=M(!1),[c,a]=M(P.configs),d=_n(b=>o(E=>({...E,...b})),[]),u=t.get("q"),f=V(u)?u:n.selected?.length?ot(n.selected):"",$=()=>r(null),y=async()=>a(await(await fetch("data/configs")).json()),m=P.views.find(b=>b.path===e)?.title;R(()=>{document.title=`${P.file||P.source} ${m} - pprof`,d({selected:[]})},[e]),R(()=>{let b=E=>{if(E.ctrlKey||E.metaKey||E.altKey||E.target.closest?.("input,select,textarea,dialog,[role=menu]"))return;let _=Number(E.key);if(E.key==="?")r("keys");else if(E.key==="/")document.getElementById("search").focus();else if(E.key==="t")O({as:K().get("as")==="table"?null:"table"});else if(_>=1&&_<=Ue.length&&!E.defaultPrevented)gt(G(Ue[_-1].path));else return;E.preventDefault()};return addEventListener("keydown",b),()=>removeEventListener("keydown",b)},[]);let h=io[e],w=n.error||"";return p`<${Yt.Provider} value=${d}>
    <header class="top">
      <a class="brand" href="./">pprof</a>
      <nav aria-label="Menus"><${os} view=${e} re=${f} />
        ${P.types.length>1&&p`<${ss} url=${t} view=${e} />`}
        <${rs} view=${e} re=${f} url=${t} />
        <${ls} view=${e} url=${t} configs=${c} onSave=${()=>r("save")}
          onDelete=${b=>r({name:b})} onOptions=${()=>r("options")} />
        <${as} url=${t} /></nav>
      <${ds} url=${t} view=${e} />
      <h1 class="view-name">${m}</h1>
      <button class="about" aria-expanded=${l} onClick=${()=>i(!l)}
        title="Details of the profile">${P.file||P.source.split("/").pop()}${" "}
        <span>${n.about?.type||t.get("si")||P.type}</span></button>
      ${P.doc&&p`<a class="doc" href=${P.doc} target="_blank"
        rel="noopener noreferrer">Help ⤇</a>`}
      <button class="quiet" aria-label="Keys" title="Keys (?)"
        onClick=${()=>r("keys")}>?</button>
    </header>
    <${ms} since=${n.since} />
    <${$s} url=${t} view=${e} />
    ${l&&p`<div class="details" id="details">
      ${(n.about?.lines||[]).filter(Boolean).map(b=>p`<div>${b}</div>`)}
      ${P.comments.map(b=>p`<div class="faint">${b}</div>`)}</div>`}
    ${w&&p`<div id="errors" class="error" role="alert">
    <b>This view cannot be made.</b> ${w}</div>`}
    ${!w&&n.messages.length>0&&p`<div id="errors" class="messages"
      role="status">${[...new Set(n.messages)].map(b=>p`<div>${b}</div>`)}</div>`}
    <${h} key=${e} />
    ${s==="keys"&&p`<${fs} onClose=${$} />`}
    ${s==="save"&&p`<${is} configs=${c} onClose=${$} onDone=${y}
      />`}
    ${s==="options"&&p`<${us} onClose=${$} />`}
    ${s?.name&&p`<${cs} name=${s.name} onClose=${$} onDone=${y}
      />`}
  <//>`}rn(p`<${_s} />`,document.getElementById("app"));export{et as follow};
