var Ht,N,Ke,ho,ft,Be,Ge,Ye,Ve,pe,ie,ce,Xe,Ct={},Je=[],mo=/acit|ex(?:s|g|n|p|$)|rph|grid|ows|mnc|ntw|ine[ch]|zoo|^ord|itera/i,Bt=Array.isArray;function rt(t,e){for(var n in e)t[n]=e[n];return t}function he(t){t&&t.parentNode&&t.parentNode.removeChild(t)}function de(t,e,n){var o,s,r,a={};for(r in e)r=="key"?o=e[r]:r=="ref"?s=e[r]:a[r]=e[r];if(arguments.length>2&&(a.children=arguments.length>3?Ht.call(arguments,2):n),typeof t=="function"&&t.defaultProps!=null)for(r in t.defaultProps)a[r]===void 0&&(a[r]=t.defaultProps[r]);return zt(t,a,o,s,null)}function zt(t,e,n,o,s){var r={type:t,props:e,key:n,ref:o,__k:null,__:null,__b:0,__e:null,__c:null,constructor:void 0,__v:s??++Ke,__i:-1,__u:0};return s==null&&N.vnode!=null&&N.vnode(r),r}function It(t){return t.children}function qt(t,e){this.props=t,this.context=e}function $t(t,e){if(e==null)return t.__?$t(t.__,t.__i+1):null;for(var n;e<t.__k.length;e++)if((n=t.__k[e])!=null&&n.__e!=null)return n.__e;return typeof t.type=="function"?$t(t):null}function Qe(t){var e,n;if((t=t.__)!=null&&t.__c!=null){for(t.__e=t.__c.base=null,e=0;e<t.__k.length;e++)if((n=t.__k[e])!=null&&n.__e!=null){t.__e=t.__c.base=n.__e;break}return Qe(t)}}function ue(t){(!t.__d&&(t.__d=!0)&&ft.push(t)&&!Ut.__r++||Be!=N.debounceRendering)&&((Be=N.debounceRendering)||Ge)(Ut)}function Ut(){for(var t,e,n,o,s,r,a,i=1;ft.length;)ft.length>i&&ft.sort(Ye),t=ft.shift(),i=ft.length,t.__d&&(n=void 0,o=void 0,s=(o=(e=t).__v).__e,r=[],a=[],e.__P&&((n=rt({},o)).__v=o.__v+1,N.vnode&&N.vnode(n),me(e.__P,n,o,e.__n,e.__P.namespaceURI,32&o.__u?[s]:null,r,s??$t(o),!!(32&o.__u),a),n.__v=o.__v,n.__.__k[n.__i]=n,en(r,n,a),o.__e=o.__=null,n.__e!=s&&Qe(n)));Ut.__r=0}function Ze(t,e,n,o,s,r,a,i,c,l,d){var u,p,$,y,h,m,v,w=o&&o.__k||Je,E=e.length;for(c=$o(n,e,w,c,E),u=0;u<E;u++)($=n.__k[u])!=null&&(p=$.__i==-1?Ct:w[$.__i]||Ct,$.__i=u,m=me(t,$,p,s,r,a,i,c,l,d),y=$.__e,$.ref&&p.ref!=$.ref&&(p.ref&&$e(p.ref,null,$),d.push($.ref,$.__c||y,$)),h==null&&y!=null&&(h=y),(v=!!(4&$.__u))||p.__k===$.__k?c=tn($,c,t,v):typeof $.type=="function"&&m!==void 0?c=m:y&&(c=y.nextSibling),$.__u&=-7);return n.__e=h,c}function $o(t,e,n,o,s){var r,a,i,c,l,d=n.length,u=d,p=0;for(t.__k=new Array(s),r=0;r<s;r++)(a=e[r])!=null&&typeof a!="boolean"&&typeof a!="function"?(c=r+p,(a=t.__k[r]=typeof a=="string"||typeof a=="number"||typeof a=="bigint"||a.constructor==String?zt(null,a,null,null,null):Bt(a)?zt(It,{children:a},null,null,null):a.constructor==null&&a.__b>0?zt(a.type,a.props,a.key,a.ref?a.ref:null,a.__v):a).__=t,a.__b=t.__b+1,i=null,(l=a.__i=_o(a,n,c,u))!=-1&&(u--,(i=n[l])&&(i.__u|=2)),i==null||i.__v==null?(l==-1&&(s>d?p--:s<d&&p++),typeof a.type!="function"&&(a.__u|=4)):l!=c&&(l==c-1?p--:l==c+1?p++:(l>c?p--:p++,a.__u|=4))):t.__k[r]=null;if(u)for(r=0;r<d;r++)(i=n[r])!=null&&(2&i.__u)==0&&(i.__e==o&&(o=$t(i)),on(i,i));return o}function tn(t,e,n,o){var s,r;if(typeof t.type=="function"){for(s=t.__k,r=0;s&&r<s.length;r++)s[r]&&(s[r].__=t,e=tn(s[r],e,n,o));return e}t.__e!=e&&(o&&(e&&t.type&&!e.parentNode&&(e=$t(t)),n.insertBefore(t.__e,e||null)),e=t.__e);do e=e&&e.nextSibling;while(e!=null&&e.nodeType==8);return e}function _o(t,e,n,o){var s,r,a,i=t.key,c=t.type,l=e[n],d=l!=null&&(2&l.__u)==0;if(l===null&&t.key==null||d&&i==l.key&&c==l.type)return n;if(o>(d?1:0)){for(s=n-1,r=n+1;s>=0||r<e.length;)if((l=e[a=s>=0?s--:r++])!=null&&(2&l.__u)==0&&i==l.key&&c==l.type)return a}return-1}function Ie(t,e,n){e[0]=="-"?t.setProperty(e,n??""):t[e]=n==null?"":typeof n!="number"||mo.test(e)?n:n+"px"}function Wt(t,e,n,o,s){var r,a;t:if(e=="style")if(typeof n=="string")t.style.cssText=n;else{if(typeof o=="string"&&(t.style.cssText=o=""),o)for(e in o)n&&e in n||Ie(t.style,e,"");if(n)for(e in n)o&&n[e]==o[e]||Ie(t.style,e,n[e])}else if(e[0]=="o"&&e[1]=="n")r=e!=(e=e.replace(Ve,"$1")),a=e.toLowerCase(),e=a in t||e=="onFocusOut"||e=="onFocusIn"?a.slice(2):e.slice(2),t.l||(t.l={}),t.l[e+r]=n,n?o?n.u=o.u:(n.u=pe,t.addEventListener(e,r?ce:ie,r)):t.removeEventListener(e,r?ce:ie,r);else{if(s=="http://www.w3.org/2000/svg")e=e.replace(/xlink(H|:h)/,"h").replace(/sName$/,"s");else if(e!="width"&&e!="height"&&e!="href"&&e!="list"&&e!="form"&&e!="tabIndex"&&e!="download"&&e!="rowSpan"&&e!="colSpan"&&e!="role"&&e!="popover"&&e in t)try{t[e]=n??"";break t}catch{}typeof n=="function"||(n==null||n===!1&&e[4]!="-"?t.removeAttribute(e):t.setAttribute(e,e=="popover"&&n==1?"":n))}}function je(t){return function(e){if(this.l){var n=this.l[e.type+t];if(e.t==null)e.t=pe++;else if(e.t<n.u)return;return n(N.event?N.event(e):e)}}}function me(t,e,n,o,s,r,a,i,c,l){var d,u,p,$,y,h,m,v,w,E,_,k,T,A,b,C,D,x=e.type;if(e.constructor!=null)return null;128&n.__u&&(c=!!(32&n.__u),r=[i=e.__e=n.__e]),(d=N.__b)&&d(e);t:if(typeof x=="function")try{if(v=e.props,w="prototype"in x&&x.prototype.render,E=(d=x.contextType)&&o[d.__c],_=d?E?E.props.value:d.__:o,n.__c?m=(u=e.__c=n.__c).__=u.__E:(w?e.__c=u=new x(v,_):(e.__c=u=new qt(v,_),u.constructor=x,u.render=bo),E&&E.sub(u),u.props=v,u.state||(u.state={}),u.context=_,u.__n=o,p=u.__d=!0,u.__h=[],u._sb=[]),w&&u.__s==null&&(u.__s=u.state),w&&x.getDerivedStateFromProps!=null&&(u.__s==u.state&&(u.__s=rt({},u.__s)),rt(u.__s,x.getDerivedStateFromProps(v,u.__s))),$=u.props,y=u.state,u.__v=e,p)w&&x.getDerivedStateFromProps==null&&u.componentWillMount!=null&&u.componentWillMount(),w&&u.componentDidMount!=null&&u.__h.push(u.componentDidMount);else{if(w&&x.getDerivedStateFromProps==null&&v!==$&&u.componentWillReceiveProps!=null&&u.componentWillReceiveProps(v,_),!u.__e&&u.shouldComponentUpdate!=null&&u.shouldComponentUpdate(v,u.__s,_)===!1||e.__v==n.__v){for(e.__v!=n.__v&&(u.props=v,u.state=u.__s,u.__d=!1),e.__e=n.__e,e.__k=n.__k,e.__k.some(function(F){F&&(F.__=e)}),k=0;k<u._sb.length;k++)u.__h.push(u._sb[k]);u._sb=[],u.__h.length&&a.push(u);break t}u.componentWillUpdate!=null&&u.componentWillUpdate(v,u.__s,_),w&&u.componentDidUpdate!=null&&u.__h.push(function(){u.componentDidUpdate($,y,h)})}if(u.context=_,u.props=v,u.__P=t,u.__e=!1,T=N.__r,A=0,w){for(u.state=u.__s,u.__d=!1,T&&T(e),d=u.render(u.props,u.state,u.context),b=0;b<u._sb.length;b++)u.__h.push(u._sb[b]);u._sb=[]}else do u.__d=!1,T&&T(e),d=u.render(u.props,u.state,u.context),u.state=u.__s;while(u.__d&&++A<25);u.state=u.__s,u.getChildContext!=null&&(o=rt(rt({},o),u.getChildContext())),w&&!p&&u.getSnapshotBeforeUpdate!=null&&(h=u.getSnapshotBeforeUpdate($,y)),C=d,d!=null&&d.type===It&&d.key==null&&(C=nn(d.props.children)),i=Ze(t,Bt(C)?C:[C],e,n,o,s,r,a,i,c,l),u.base=e.__e,e.__u&=-161,u.__h.length&&a.push(u),m&&(u.__E=u.__=null)}catch(F){if(e.__v=null,c||r!=null)if(F.then){for(e.__u|=c?160:128;i&&i.nodeType==8&&i.nextSibling;)i=i.nextSibling;r[r.indexOf(i)]=null,e.__e=i}else{for(D=r.length;D--;)he(r[D]);fe(e)}else e.__e=n.__e,e.__k=n.__k,F.then||fe(e);N.__e(F,e,n)}else r==null&&e.__v==n.__v?(e.__k=n.__k,e.__e=n.__e):i=e.__e=go(n.__e,e,n,o,s,r,a,c,l);return(d=N.diffed)&&d(e),128&e.__u?void 0:i}function fe(t){t&&t.__c&&(t.__c.__e=!0),t&&t.__k&&t.__k.forEach(fe)}function en(t,e,n){for(var o=0;o<n.length;o++)$e(n[o],n[++o],n[++o]);N.__c&&N.__c(e,t),t.some(function(s){try{t=s.__h,s.__h=[],t.some(function(r){r.call(s)})}catch(r){N.__e(r,s.__v)}})}function nn(t){return typeof t!="object"||t==null||t.__b&&t.__b>0?t:Bt(t)?t.map(nn):rt({},t)}function go(t,e,n,o,s,r,a,i,c){var l,d,u,p,$,y,h,m=n.props,v=e.props,w=e.type;if(w=="svg"?s="http://www.w3.org/2000/svg":w=="math"?s="http://www.w3.org/1998/Math/MathML":s||(s="http://www.w3.org/1999/xhtml"),r!=null){for(l=0;l<r.length;l++)if(($=r[l])&&"setAttribute"in $==!!w&&(w?$.localName==w:$.nodeType==3)){t=$,r[l]=null;break}}if(t==null){if(w==null)return document.createTextNode(v);t=document.createElementNS(s,w,v.is&&v),i&&(N.__m&&N.__m(e,r),i=!1),r=null}if(w==null)m===v||i&&t.data==v||(t.data=v);else{if(r=r&&Ht.call(t.childNodes),m=n.props||Ct,!i&&r!=null)for(m={},l=0;l<t.attributes.length;l++)m[($=t.attributes[l]).name]=$.value;for(l in m)if($=m[l],l!="children"){if(l=="dangerouslySetInnerHTML")u=$;else if(!(l in v)){if(l=="value"&&"defaultValue"in v||l=="checked"&&"defaultChecked"in v)continue;Wt(t,l,null,$,s)}}for(l in v)$=v[l],l=="children"?p=$:l=="dangerouslySetInnerHTML"?d=$:l=="value"?y=$:l=="checked"?h=$:i&&typeof $!="function"||m[l]===$||Wt(t,l,$,m[l],s);if(d)i||u&&(d.__html==u.__html||d.__html==t.innerHTML)||(t.innerHTML=d.__html),e.__k=[];else if(u&&(t.innerHTML=""),Ze(e.type=="template"?t.content:t,Bt(p)?p:[p],e,n,o,w=="foreignObject"?"http://www.w3.org/1999/xhtml":s,r,a,r?r[0]:n.__k&&$t(n,0),i,c),r!=null)for(l=r.length;l--;)he(r[l]);i||(l="value",w=="progress"&&y==null?t.removeAttribute("value"):y!=null&&(y!==t[l]||w=="progress"&&!y||w=="option"&&y!=m[l])&&Wt(t,l,y,m[l],s),l="checked",h!=null&&h!=t[l]&&Wt(t,l,h,m[l],s))}return t}function $e(t,e,n){try{if(typeof t=="function"){var o=typeof t.__u=="function";o&&t.__u(),o&&e==null||(t.__u=t(e))}else t.current=e}catch(s){N.__e(s,n)}}function on(t,e,n){var o,s;if(N.unmount&&N.unmount(t),(o=t.ref)&&(o.current&&o.current!=t.__e||$e(o,null,e)),(o=t.__c)!=null){if(o.componentWillUnmount)try{o.componentWillUnmount()}catch(r){N.__e(r,e)}o.base=o.__P=null}if(o=t.__k)for(s=0;s<o.length;s++)o[s]&&on(o[s],e,n||typeof t.type!="function");n||he(t.__e),t.__c=t.__=t.__e=void 0}function bo(t,e,n){return this.constructor(t,n)}function sn(t,e,n){var o,s,r,a;e==document&&(e=document.documentElement),N.__&&N.__(t,e),s=(o=typeof n=="function")?null:n&&n.__k||e.__k,r=[],a=[],me(e,t=(!o&&n||e).__k=de(It,null,[t]),s||Ct,Ct,e.namespaceURI,!o&&n?[n]:s?null:e.firstChild?Ht.call(e.childNodes):null,r,!o&&n?n:s?s.__e:e.firstChild,o,a),en(r,t,a)}function rn(t){function e(n){var o,s;return this.getChildContext||(o=new Set,(s={})[e.__c]=this,this.getChildContext=function(){return s},this.componentWillUnmount=function(){o=null},this.shouldComponentUpdate=function(r){this.props.value!=r.value&&o.forEach(function(a){a.__e=!0,ue(a)})},this.sub=function(r){o.add(r);var a=r.componentWillUnmount;r.componentWillUnmount=function(){o&&o.delete(r),a&&a.call(r)}}),n.children}return e.__c="__cC"+Xe++,e.__=t,e.Provider=e.__l=(e.Consumer=function(n,o){return n.children(o)}).contextType=e,e}Ht=Je.slice,N={__e:function(t,e,n,o){for(var s,r,a;e=e.__;)if((s=e.__c)&&!s.__)try{if((r=s.constructor)&&r.getDerivedStateFromError!=null&&(s.setState(r.getDerivedStateFromError(t)),a=s.__d),s.componentDidCatch!=null&&(s.componentDidCatch(t,o||{}),a=s.__d),a)return s.__E=s}catch(i){t=i}throw t}},Ke=0,ho=function(t){return t!=null&&t.constructor==null},qt.prototype.setState=function(t,e){var n;n=this.__s!=null&&this.__s!=this.state?this.__s:this.__s=rt({},this.state),typeof t=="function"&&(t=t(rt({},n),this.props)),t&&rt(n,t),t!=null&&this.__v&&(e&&this._sb.push(e),ue(this))},qt.prototype.forceUpdate=function(t){this.__v&&(this.__e=!0,t&&this.__h.push(t),ue(this))},qt.prototype.render=It,ft=[],Ge=typeof Promise=="function"?Promise.prototype.then.bind(Promise.resolve()):setTimeout,Ye=function(t,e){return t.__v.__b-e.__v.__b},Ut.__r=0,Ve=/(PointerCapture)$|Capture$/i,pe=0,ie=je(!1),ce=je(!0),Xe=0;var pt,W,_e,an,Et=0,mn=[],B=N,ln=B.__b,cn=B.__r,un=B.diffed,fn=B.__c,pn=B.unmount,hn=B.__;function Tt(t,e){B.__h&&B.__h(W,t,Et||e),Et=0;var n=W.__H||(W.__H={__:[],__h:[]});return t>=n.__.length&&n.__.push({}),n.__[t]}function S(t){return Et=1,vo(_n,t)}function vo(t,e,n){var o=Tt(pt++,2);if(o.t=t,!o.__c&&(o.__=[n?n(e):_n(void 0,e),function(i){var c=o.__N?o.__N[0]:o.__[0],l=o.t(c,i);c!==l&&(o.__N=[l,o.__[1]],o.__c.setState({}))}],o.__c=W,!W.__f)){var s=function(i,c,l){if(!o.__c.__H)return!0;var d=o.__c.__H.__.filter(function(p){return!!p.__c});if(d.every(function(p){return!p.__N}))return!r||r.call(this,i,c,l);var u=o.__c.props!==i;return d.forEach(function(p){if(p.__N){var $=p.__[0];p.__=p.__N,p.__N=void 0,$!==p.__[0]&&(u=!0)}}),r&&r.call(this,i,c,l)||u};W.__f=!0;var r=W.shouldComponentUpdate,a=W.componentWillUpdate;W.componentWillUpdate=function(i,c,l){if(this.__e){var d=r;r=void 0,s(i,c,l),r=d}a&&a.call(this,i,c,l)},W.shouldComponentUpdate=s}return o.__N||o.__}function R(t,e){var n=Tt(pt++,3);!B.__s&&ve(n.__H,e)&&(n.__=t,n.u=e,W.__H.__h.push(n))}function ht(t,e){var n=Tt(pt++,4);!B.__s&&ve(n.__H,e)&&(n.__=t,n.u=e,W.__h.push(n))}function z(t){return Et=5,V(function(){return{current:t}},[])}function V(t,e){var n=Tt(pt++,7);return ve(n.__H,e)&&(n.__=t(),n.__H=e,n.__h=t),n.__}function $n(t,e){return Et=8,V(function(){return t},e)}function be(t){var e=W.context[t.__c],n=Tt(pt++,9);return n.c=t,e?(n.__==null&&(n.__=!0,e.sub(W)),e.props.value):t.__}function wo(){for(var t;t=mn.shift();)if(t.__P&&t.__H)try{t.__H.__h.forEach(jt),t.__H.__h.forEach(ge),t.__H.__h=[]}catch(e){t.__H.__h=[],B.__e(e,t.__v)}}B.__b=function(t){W=null,ln&&ln(t)},B.__=function(t,e){t&&e.__k&&e.__k.__m&&(t.__m=e.__k.__m),hn&&hn(t,e)},B.__r=function(t){cn&&cn(t),pt=0;var e=(W=t.__c).__H;e&&(_e===W?(e.__h=[],W.__h=[],e.__.forEach(function(n){n.__N&&(n.__=n.__N),n.u=n.__N=void 0})):(e.__h.forEach(jt),e.__h.forEach(ge),e.__h=[],pt=0)),_e=W},B.diffed=function(t){un&&un(t);var e=t.__c;e&&e.__H&&(e.__H.__h.length&&(mn.push(e)!==1&&an===B.requestAnimationFrame||((an=B.requestAnimationFrame)||yo)(wo)),e.__H.__.forEach(function(n){n.u&&(n.__H=n.u),n.u=void 0})),_e=W=null},B.__c=function(t,e){e.some(function(n){try{n.__h.forEach(jt),n.__h=n.__h.filter(function(o){return!o.__||ge(o)})}catch(o){e.some(function(s){s.__h&&(s.__h=[])}),e=[],B.__e(o,n.__v)}}),fn&&fn(t,e)},B.unmount=function(t){pn&&pn(t);var e,n=t.__c;n&&n.__H&&(n.__H.__.forEach(function(o){try{jt(o)}catch(s){e=s}}),n.__H=void 0,e&&B.__e(e,n.__v))};var dn=typeof requestAnimationFrame=="function";function yo(t){var e,n=function(){clearTimeout(o),dn&&cancelAnimationFrame(e),setTimeout(t)},o=setTimeout(n,35);dn&&(e=requestAnimationFrame(n))}function jt(t){var e=W,n=t.__c;typeof n=="function"&&(t.__c=void 0,n()),W=e}function ge(t){var e=W;t.__c=t.__(),W=e}function ve(t,e){return!t||t.length!==e.length||e.some(function(n,o){return n!==t[o]})}function _n(t,e){return typeof e=="function"?e(t):e}var bn=function(t,e,n,o){var s;e[0]=0;for(var r=1;r<e.length;r++){var a=e[r++],i=e[r]?(e[0]|=a?1:2,n[e[r++]]):e[++r];a===3?o[0]=i:a===4?o[1]=Object.assign(o[1]||{},i):a===5?(o[1]=o[1]||{})[e[++r]]=i:a===6?o[1][e[++r]]+=i+"":a?(s=t.apply(i,bn(t,i,n,["",null])),o.push(s),i[0]?e[0]|=2:(e[r-2]=0,e[r]=s)):o.push(i)}return o},gn=new Map;function vn(t){var e=gn.get(this);return e||(e=new Map,gn.set(this,e)),(e=bn(this,e.get(t)||(e.set(t,e=(function(n){for(var o,s,r=1,a="",i="",c=[0],l=function(p){r===1&&(p||(a=a.replace(/^\s*\n\s*|\s*\n\s*$/g,"")))?c.push(0,p,a):r===3&&(p||a)?(c.push(3,p,a),r=2):r===2&&a==="..."&&p?c.push(4,p,0):r===2&&a&&!p?c.push(5,0,!0,a):r>=5&&((a||!p&&r===5)&&(c.push(r,0,a,s),r=6),p&&(c.push(r,p,0,s),r=6)),a=""},d=0;d<n.length;d++){d&&(r===1&&l(),l(d));for(var u=0;u<n[d].length;u++)o=n[d][u],r===1?o==="<"?(l(),c=[c],r=3):a+=o:r===4?a==="--"&&o===">"?(r=1,a=""):a=o+a[0]:i?o===i?i="":a+=o:o==='"'||o==="'"?i=o:o===">"?(l(),r=1):r&&(o==="="?(r=5,s=a,a=""):o==="/"&&(r<5||n[d][u+1]===">")?(l(),r===3&&(c=c[0]),r=c,(c=c[0]).push(2,0,r),r=0):o===" "||o==="	"||o===`
`||o==="\r"?(l(),r=2):a+=o),r===3&&a==="!--"&&(r=4,c=c[0])}return l(),c})(t)),e),arguments,[])).length>1?e:e[0]}var ko={nanoseconds:[["ns",1],["us",1e3],["ms",1e6],["s",1e9],["hrs",36e11],["days",864e11]],bytes:[["B",1],["kB",1024],["MB",1048576],["GB",1073741824],["TB",1099511627776]]},wn={microseconds:1e3,milliseconds:1e6,seconds:1e9,kilobytes:1024,megabytes:1048576};function nt(t,e){let n=e.ratio>0?e.ratio:1,o=e.unit,s=t*n;wn[o]&&(s*=wn[o],o=o.endsWith("seconds")?"nanoseconds":"bytes");let r=ko[o];if(!r)return yn(s)+(o&&o!=="count"?" "+o:"");let a=r[0];for(let i of r)Math.abs(s)>=i[1]&&(a=i);return yn(s/a[1])+(s?a[0]:"")}function yn(t){return Math.abs(t)>=1e6?j(Math.round(t)):String(+t.toFixed(2))}function U(t,e){if(!e)return"";let n=100*t/e;return(Math.abs(n)>=99.95?n.toFixed(0):Math.abs(n)>=1?n.toFixed(1):n.toFixed(2))+"%"}var Kt=t=>nt(t,{unit:"bytes",ratio:1});function we(t){return t<0?"":t<60?`${+t.toFixed(1)} s`:t<3600?`${Math.floor(t/60)} min ${Math.round(t%60)} s`:`${Math.floor(t/3600)} h ${Math.round(t%3600/60)} min`}function j(t){let[e,n]=String(t).split(".");return e.replace(/\B(?=(\d{3})+$)/g,",")+(n?"."+n:"")}var f=vn.bind(de),P=JSON.parse(document.getElementById("known").textContent),xo=["q","color","dir","as","by","x","click","sel","every"],kn=["p","z","order"],ye=new Set,at=()=>location.pathname.split("/").pop()||"flamegraph",X=()=>new URLSearchParams(location.search);function So(t){return ye.add(t),()=>ye.delete(t)}function xn(){for(let t of ye)t()}addEventListener("popstate",xn);function tt(t,e={},n=X()){let o=new URLSearchParams(n);o.delete("config");for(let[r,a]of Object.entries(e))a===""||a===null||a===void 0?o.delete(r):o.set(r,a);let s=o.toString();return t+(s?"?"+s:"")}function K(t,e={}){let n={sel:null,by:null,x:null,as:null};if(t!=="flamegraph")for(let o of[...kn,"dir","color","click"])n[o]=null;return tt(t,{...n,...e})}function lt(t,e=!1){let n=new URL(t,location.href);n.href!==location.href&&(history[e?"replaceState":"pushState"](null,"",n),xn())}var H=(t,e)=>lt(tt(at(),t),e);function G(){let[,t]=S(0);return R(()=>So(()=>t(e=>e+1)),[]),X()}function et(t,e){t.metaKey||t.ctrlKey||t.shiftKey||t.button||(t.preventDefault(),lt(e))}function Sn(t){let e=X();for(let o of xo)e.delete(o);if(t!=="flamegraph")for(let o of kn)e.delete(o);e.sort();let n=e.toString();return n?"?"+n:""}var _t=new Map;async function Mn(t,e){let n=await fetch(t,{signal:e}),o=await n.text();if(!n.ok)throw new Error(o.trim()||`the server answered ${n.status}`);return JSON.parse(o)}var gt=P.data?{url:`data/${at()}${Sn(at())}`}:null;gt&&(gt.answer=Mn(P.data),gt.answer.catch(()=>{}));function Mo(t,e){let n=gt?.url===t?gt.answer:null;return gt=null,n||Mn(t,e)}function J(t,{keep:e=!0,tick:n=0}={}){let o=`data/${t}${Sn(t)}`,[s,r]=S({since:Date.now()});return ht(()=>{if(e&&_t.has(o)){r({..._t.get(o),url:o});return}let a=new AbortController;return r(i=>({...i,error:null,since:Date.now()})),Mo(o,a.signal).then(i=>{let c=i.about?i:{data:i,messages:[]};e&&(_t.set(o,c),_t.size>8&&_t.delete(_t.keys().next().value)),r({...c,url:o})},i=>{if(i.name==="AbortError")return;let c=i instanceof TypeError;r({error:c?"pprof does not answer: it was ended, or is out of reach.":i.message})}),()=>a.abort()},[o,n]),s}async function Gt(t){let e=await fetch(t,{method:"POST"}),n=await e.text();if(!e.ok)throw new Error(n.trim());return n}var Yt=rn(null);function Q(t){let e=be(Yt);R(()=>{e({about:t.about,messages:t.messages||[],error:t.error,since:t.since})},[t.about,t.messages,t.error,t.since])}var Vt="No samples: the profile is empty, or the filters leave nothing.";function Z({state:t,what:e}){return f`<main class="page"><p class="nothing">${t.error?"":e}</p></main>`}function bt(){let t=be(Yt);return e=>t({selected:e})}var Xt=t=>t.replace(/[\\^$.*+?()[\]{}|]/g,"\\$&"),ot=t=>t.map(e=>`^${Xt(e)}$`).join("|");function Y(t){if(!t)return null;try{return new RegExp(t)}catch{return null}}function it(t,e,n){let o=n instanceof Blob?n:new Blob([n],{type:e}),s=document.createElement("a");s.href=URL.createObjectURL(o),s.download=t,document.body.append(s),s.click(),s.remove(),setTimeout(()=>URL.revokeObjectURL(s.href),1e4)}function Jt(t){let[e,n]=S([0,0]);return ht(()=>{let o=()=>{let{clientWidth:r,clientHeight:a}=t.current;n(i=>i[0]===r&&i[1]===a?i:[r,a])},s=new ResizeObserver(o);return o(),s.observe(t.current),()=>s.disconnect()},[]),e}function Qt(){let[t,e]=S(!1);return R(()=>{let n=()=>e(!0),o=()=>e(!1);return addEventListener("beforeprint",n),addEventListener("afterprint",o),()=>{removeEventListener("beforeprint",n),removeEventListener("afterprint",o)}},[]),t}function Zt(t,e){let n=z(new Map).current,o=()=>{let[s,r]=[...n.values()];return{x:(s[0]+r[0])/2,y:(s[1]+r[1])/2,d:Math.hypot(s[0]-r[0],s[1]-r[1])}};return{down(s){return n.set(s.pointerId,[s.clientX,s.clientY]),n.size>1},move(s){if(!n.has(s.pointerId))return!1;let r=n.size===2&&o();if(n.set(s.pointerId,[s.clientX,s.clientY]),!r)return n.size>1;let a=o(),i=t.current.getBoundingClientRect();return r.d>0&&e(a.d/r.d,a.x-i.left,a.y-i.top,a.x-r.x,a.y-r.y),!0},up(s){let r=n.size>1;return n.delete(s.pointerId),r}}}function te(){let t=matchMedia("(prefers-color-scheme: dark)"),[e,n]=S(t.matches);return R(()=>{let o=()=>n(t.matches);return t.addEventListener("change",o),()=>t.removeEventListener("change",o)},[]),e}function ee(t,e){let n=[...t.querySelectorAll("a,button:not(:disabled)")],o=n.indexOf(document.activeElement);n[(o+e+n.length)%n.length]?.focus()}function st({title:t,children:e,align:n}){let[o,s]=S(!1),r=z();R(()=>{if(!o)return;let c=l=>r.current.contains(l.target)||s(!1);return addEventListener("pointerdown",c),r.current.querySelector("[role=menu] a,[role=menu] button")?.focus({preventScroll:!0}),()=>removeEventListener("pointerdown",c)},[o]);let a=c=>{s(!1),c&&r.current.querySelector("button").focus()};return f`<div class="menu" ref=${r} onKeyDown=${c=>{if(!o){c.key==="ArrowDown"&&(c.preventDefault(),s(!0));return}if(c.key==="Escape")a(!0);else if(c.key==="ArrowDown")ee(r.current.lastElementChild,1);else if(c.key==="ArrowUp")ee(r.current.lastElementChild,-1);else return;c.preventDefault(),c.stopPropagation()}}>
    <button class="menu-title" aria-haspopup="menu" aria-expanded=${o}
      onClick=${()=>s(!o)}>
      ${t}<span class="caret" aria-hidden="true">▾</span></button>
    ${o&&f`<div role="menu" aria-label=${t} class=${"popup "+(n||"")}
      onClick=${()=>setTimeout(()=>s(!1))}>${e}</div>`}
  </div>`}function q({to:t,title:e,hint:n,disabled:o,current:s,onClick:r,newTab:a}){let i=f`<span>${e}</span>${n&&f`<small>${n}</small>`}`;return t&&!o?f`<a role="menuitem" href=${t} class=${s?"current":""}
      aria-current=${s?"page":void 0} target=${a?"_blank":void 0}
      rel=${a?"noopener":void 0}
      onClick=${c=>a||et(c,t)}>${i}</a>`:f`<button role="menuitem" disabled=${o} onClick=${r}
    class=${s?"current":""}>${i}</button>`}function Dt({title:t,onClose:e,children:n,wide:o}){let s=z();return R(()=>s.current.showModal(),[]),f`<dialog ref=${s} onClose=${e} class=${o?"wide":""} aria-label=${t}
    onClick=${r=>r.target===s.current&&s.current.close()}>
    <div class="dialog"><header><h2>${t}</h2>
      <button class="quiet" aria-label="Close" onClick=${()=>s.current.close()}>✕</button>
      </header>
      ${n}</div></dialog>`}var Cn=(t,e)=>{let n=X().get(t);return n?`${n}|${e}`:e},ke=t=>[["Focus","f",t,"Only stacks through it"],["Ignore","i",Cn("i",t),"No stacks through it"],["Hide","h",Cn("h",t),"Its frames leave the stacks"],["Show","s",t,"Only its frames stay"],["Show from","sf",t,"Callers above it go"]];function vt({at:t,name:e,file:n,onClose:o,more:s}){let r=z();R(()=>{let l=r.current.getBoundingClientRect();r.current.style.left=Math.max(4,Math.min(t[0],innerWidth-l.width-4))+"px",r.current.style.top=Math.max(4,Math.min(t[1],innerHeight-l.height-4))+"px",r.current.querySelector("a,button")?.focus({preventScroll:!0});let d=u=>r.current?.contains(u.target)||o();return addEventListener("pointerdown",d),addEventListener("blur",o),()=>{removeEventListener("pointerdown",d),removeEventListener("blur",o)}},[]);let a=ot([e]),i=l=>{if(l.key==="Escape")o();else if(l.key==="ArrowDown")ee(r.current,1);else if(l.key==="ArrowUp")ee(r.current,-1);else return;l.preventDefault(),l.stopPropagation()},c=K("source",{f:a});return f`<div class="popup floating" role="menu" aria-label=${e} ref=${r} onKeyDown=${i}
    onClick=${()=>setTimeout(o)}>
    <div class="popup-title" title=${e}>${e}</div>
    ${s&&s.map(([l,d])=>f`<${q} title=${l} onClick=${d} />`)}
    <${q} title="Show source code" to=${c} />
    <${q} title="Show source in new tab" to=${c} newTab=${!0} />
    <${q} title="Callers and callees" to=${K("peek",{f:a})} />
    ${!s&&f`<${q} title="Flame graph around it"
      to=${K("flamegraph",{p:a,z:null})} />`}
    <hr />
    ${ke(a).map(([l,d,u])=>f`<${q} title=${l}
          to=${K(location.pathname.split("/").pop(),{[d]:u})} />`)}
    <hr />
    <${q} title="Copy name" onClick=${()=>navigator.clipboard?.writeText(e)} />
  </div>`}var At=class{constructor(e,n,o){if(this.frames=e,this.count=n.parent.length,this.parent=n.parent,this.frame=n.frame,this.plus=n.plus,this.minus=n.minus||null,this.self=n.self,this.selfMinus=n.selfMinus||null,this.inlined=n.inlined,this.leftOut=n.leftOut,this.weight=new Float64Array(this.plus),this.minus)for(let s=0;s<this.count;s++)this.weight[s]+=this.minus[s];this.place(o)}sortKids(e){let{count:n,parent:o}=this,s=new Int32Array(n+1),r=new Int32Array(n);for(let l=1;l<n;l++)s[o[l]+1]++;for(let l=1;l<=n;l++)s[l]+=s[l-1];let a=s.slice();for(let l=1;l<n;l++)r[a[o[l]]++]=l;if(this.begin=s,this.list=r,e!=="name")return;let i=l=>this.frames[this.frame[l]][1],c=(l,d)=>i(l)<i(d)?-1:i(l)>i(d)?1:0;for(let l=0;l<n;l++)r.subarray(s[l],s[l+1]).sort(c)}place(e){this.sortKids(e);let{begin:n,count:o,list:s,weight:r}=this,a=r[0]||1,i=new Float64Array(o),c=new Float64Array(o),l=new Int32Array(o),d=new Int32Array(o);this.rows=[],c[0]=1;for(let u=0,p=1,$=1;u<p;u=p,p=$){for(let y=u;y<p;y++){let h=d[y],m=i[h];for(let v=n[h];v<n[h+1];v++){let w=s[v];i[w]=m,m+=c[w]=r[w]/a,l[w]=l[h]+1,d[$++]=w}}this.rows.push(d.subarray(u,p))}Object.assign(this,{x:i,w:c,depth:l})}kids(e){return this.list.subarray(this.begin[e],this.begin[e+1])}name(e){let n=this.frames[this.frame[e]];return n?Se(n):"root"}at(e,n){let o=this.rows[e];if(!o)return-1;let s=xe(this,o,n)-1;return s>=0&&n<this.x[o[s]]+this.w[o[s]]?o[s]:-1}path(e){let n=[];for(let o=e;o>0;o=this.parent[o])n.push(this.frames[this.frame[o]][0]);return n.reverse()}};function xe(t,e,n){let o=0,s=e.length;for(;o<s;){let r=o+s>>1;t.x[e[r]]<=n?o=r+1:s=r}return o}function Se(t){return t[4]?t[4]:t[1]?t[1]+(t[3]?":"+t[3]:""):t[2]||"?"}function En(t){let e=[t],n=0;for(let o=0;o<t.length;o++)"(<[".includes(t[o])&&n++,")>]".includes(t[o])&&n--,!(n>0)&&(t[o]==="."&&o+1<t.length&&t[o+1]!=="."?e.push(t.slice(o+1)):t[o]===":"&&t[o+1]===":"?e.push(t.slice(o+2)):t[o]==="/"&&e.push(t.slice(o+1)));return e.sort((o,s)=>s.length-o.length)}function Tn(t){let e=/^((.*\/)?[\w\d_]+)(\.|::)([^/]*)$/.exec(t[1]);return e?e[1]:t[2]?t[2].replace(/\/[^/]*$/,""):""}function Me(t){let e=2166136261;for(let n=0;n<t.length;n++)e=Math.imul(e^t.charCodeAt(n),16777619);return(e>>>0)%1048576}function Dn(t,e){return Uint8Array.from(t,n=>e&&(e.test(Se(n))||e.test(n[1]))?1:0)}function An(t,e){let n=0,o=new Uint8Array(t.count);for(let s=1;s<t.count;s++){let r=o[t.parent[s]],a=e[t.frame[s]];a&&!r&&(n+=t.weight[s]),o[s]=r|a}return n}var O=20,Pn="12px system-ui, sans-serif",Co={light:{paper:"#fff",ink:"#1b1d21",faint:"#6b7178",rule:"#c9ced6",bar:"#e9ecf0",sat:52,light:79,grey:"#d9dde3",dim:.28,mark:"#1a56c4",select:"#0b3d91",sliver:"#b9bfc8"},dark:{paper:"#15171a",ink:"#f1f3f5",faint:"#9aa2ab",rule:"#3a4048",bar:"#262a30",sat:32,light:33,grey:"#3b4149",dim:.3,mark:"#8ab4ff",select:"#cfe0ff",sliver:"#555c66"}};function Eo(t,e){let o=Math.min(1,Math.abs(t))**.6,s=t<0?214:28;return e?`hsl(${s} ${Math.round(8+60*o)}% ${Math.round(29+5*o)}%)`:`hsl(${s} ${Math.round(8+78*o)}% ${Math.round(86-20*o)}%)`}function To(t,e){let n=(o,s)=>Math.round(o+s*t);return e?`hsl(16 ${n(10,60)}% ${n(28,10)}%)`:`hsl(${n(48,-30)} ${n(30,60)}% ${n(88,-20)}%)`}var Lt=class{constructor(e,n,o){this.mode=e,this.tree=n,this.dark=o,this.of=new Map,this.p=Co[o?"dark":"light"]}hue(e,n){let o=e+`
`+n,s=this.of.get(o);if(s)return s;let r=(Me(e)+1)*.618033988749895*360%360,a=this.p.light+Me(n)%9-4,i=`hsl(${r.toFixed(0)} ${this.p.sat}% ${a}%)`;return this.of.set(o,i),i}node(e,n){if(n===0)return this.p.bar;let o=e.frames[e.frame[n]];if(this.mode==="change")return Eo(Do(e,n),this.dark);if(this.mode==="file")return this.hue(o[2]||"?",o[1]);if(this.mode==="self"){let s=Math.min(1,(e.self[n]+(e.selfMinus?e.selfMinus[n]:0))/(e.weight[n]||1));return To(s,this.dark)}return this.hue(Tn(o),o[1])}};function Do(t,e){if(!t.minus)return 0;let n=t.minus[e],o=t.plus[e];return n+o?(o-n)/(n+o):0}function Ee(t,e){let n=t.minus[e],o=t.plus[e];if(n===o)return"=";if(!n)return"new";if(!o)return"gone";let s=Math.abs(100*(o-n)/n);return(o>n?"+":"−")+(s<10?s.toFixed(1):j(Math.round(s)))+"%"}var se=class{constructor(e,n,o){this.down=e,this.up=n,this.flipped=o,this.upRows=n?n.rows.length-1:0,this.rows=this.upRows+e.rows.length}line(e){let n=this.flipped?this.rows-1-e:e;return n<this.upRows?[this.up,this.upRows-n]:[this.down,n-this.upRows]}rowOf(e,n){let o=e===this.up&&n?this.upRows-n:this.upRows+n;return this.flipped?this.rows-1-o:o}at(e,n){if(e<0||e>=this.rows)return null;let[o,s]=this.line(e),r=o.at(s,n);return r<0?null:{tree:o,node:r}}},ne=new Map;function Rt(t,e){let n=ne.get(e);return n===void 0&&(n=t.measureText(e).width,ne.size>6e4&&ne.clear(),ne.set(e,n)),n}var Rn=new Map;function Ce(t,e,n){let o=Rn.get(e);o||Rn.set(e,o=En(e));for(let a of o)if(Rt(t,a)<=n)return a;let s=o[o.length-1],r=Math.floor(n/Rt(t,s)*s.length)-1;for(;r>=2&&Rt(t,s.slice(0,r)+"…")>n;)r--;return r>=2?s.slice(0,r)+"…":""}function On(t,e,n,o,s){if(n===0)return Ce(t,o,s);if(!e.minus)return Ce(t,e.name(n),s);let r=Ee(e,n),a=e.plus[n]-e.minus[n],i=s-Rt(t,r+" ")>60?r:a>0?"+":a<0?"−":"=";return`${i} ${Ce(t,e.name(n),s-Rt(t,i+" "))}`}function Ao(t,e,n,o,s){t.save(),t.beginPath(),t.rect(e,n,o,O-1),t.clip(),t.strokeStyle=s,t.globalAlpha*=.35,t.beginPath();for(let r=e-O;r<e+o;r+=6)t.moveTo(r,n+O),t.lineTo(r+O,n);t.stroke(),t.restore()}function re(t,e,n){let o=n.colors.p;t.fillStyle=o.paper,t.fillRect(0,0,n.width,n.height),t.font=Pn,t.textBaseline="middle";let s=Math.max(0,Math.floor(n.top/O)),r=Math.min(e.rows-1,Math.floor((n.top+n.height)/O));for(let a=s;a<=r;a++){let[i,c]=e.line(a);Ro(t,i,i.rows[c],a*O-n.top,n)}n.hover&&Ln(t,e,n,n.hover,o.mark,1.5),n.selected&&Ln(t,e,n,n.selected,o.select,2.5)}function Ro(t,e,n,o,s){let r=s.width/(s.view[1]-s.view[0]),a=s.colors.p,i=Math.max(0,xe(e,n,s.view[0])-1),c=-1,l=0;for(;i<n.length&&e.x[n[i]]<s.view[1];i++){let d=n[i],u=(e.x[d]-s.view[0])*r,p=e.w[d]*r;if(!(u+p<0)){if(p<1.5){c>=0&&u-l>1&&(t.fillStyle=a.sliver,t.fillRect(c,o,Math.max(.7,l-c),O-1),c=-1),c<0&&(c=u),l=u+p;continue}c>=0&&(t.fillStyle=a.sliver,t.fillRect(c,o,Math.max(.7,l-c),O-1),c=-1),Lo(t,e,d,u,p,o,s)}}c>=0&&(t.fillStyle=a.sliver,t.fillRect(c,o,Math.max(.7,l-c),O-1))}function Lo(t,e,n,o,s,r,a){let i=a.colors.p,c=Math.max(0,o),l=Math.min(a.width,o+s),d=a.flags&&n&&!a.flags[e.frame[n]];if(t.globalAlpha=d?i.dim:1,t.fillStyle=a.colors.node(e,n),t.fillRect(c,r,Math.max(.7,l-c-(s>3?1:.3)),O-1),e.minus&&n&&e.plus[n]<e.minus[n]&&l-c>8&&Ao(t,c,r,l-c-1,i.ink),t.globalAlpha=d?.55:1,l-c>18){let u=On(t,e,n,a.root,l-c-8);t.fillStyle=i.ink,u&&t.fillText(u,c+4,r+O/2)}if(a.hover&&n&&a.hover.node&&e.frame[n]===a.hover.tree.frame[a.hover.node]&&(t.strokeStyle=i.mark,t.lineWidth=1,t.strokeRect(c+.5,r+.5,Math.max(.5,l-c-2),O-2)),e.inlined[n]&&s>6){t.fillStyle=i.ink,t.globalAlpha=.35;for(let u=c;u<l-2;u+=5)t.fillRect(u,r,2,1)}t.globalAlpha=1}function Ln(t,e,n,{tree:o,node:s},r,a){let i=n.width/(n.view[1]-n.view[0]),c=e.rowOf(o,o.depth[s]),l=Math.max(0,(o.x[s]-n.view[0])*i),d=Math.min(n.width,(o.x[s]+o.w[s]-n.view[0])*i);t.strokeStyle=r,t.lineWidth=a,t.strokeRect(l+a/2,c*O-n.top+a/2,Math.max(1,d-l-a-1),O-1-a)}var oe=t=>t.replace(/[&<>"\u0000-\u0008\u000b-\u001f]/g,e=>({"&":"&amp;","<":"&lt;",">":"&gt;",'"':"&quot;"})[e]||"?");function Nn(t,e,{width:n,title:o,root:s,words:r}){let a=e.p,i=document.createElement("canvas").getContext("2d");i.font=Pn;let c=28,l=t.rows*O+c+4,d=[`<svg xmlns="http://www.w3.org/2000/svg" width="${n}" height="${l}"`,`viewBox="0 0 ${n} ${l}"`,'font-family="system-ui,sans-serif" font-size="12">',`<title>${oe(o)}</title><rect width="100%" height="100%" fill="${a.paper}"/>`,`<text x="8" y="18" fill="${a.ink}" font-size="13" font-weight="600">${oe(o)}</text>`,'<defs><pattern id="less" width="6" height="6" patternUnits="userSpaceOnUse">',`<path d="M0 6L6 0" stroke="${a.ink}" stroke-opacity=".35"/></pattern></defs>`];for(let u=0;u<t.rows;u++){let[p,$]=t.line(u),y=c+u*O;for(let h of p.rows[$]){let m=p.w[h]*n;if(m<.3)continue;let v=(p.x[h]*n).toFixed(1),w=Math.max(.3,m-(m>3?1:0)).toFixed(1),E=`x="${v}" y="${y}" width="${w}" height="${O-1}"`;d.push(`<g><title>${oe(r(p,h))}</title>`),d.push(`<rect ${E} fill="${e.node(p,h)}"/>`),p.minus&&h&&p.plus[h]<p.minus[h]&&m>8&&d.push(`<rect ${E} fill="url(#less)"/>`);let _=m>18?On(i,p,h,s,m-8):"";_&&d.push(`<text x="${+v+4}" y="${y+14}" fill="${a.ink}">${oe(_)}</text>`),d.push("</g>")}}return d.push("</svg>"),d.join(`
`)}function Te(t,e,n){if(!t.minus)return`${nt(t.plus[e],n)} (${U(t.plus[e],n.total)})`;let o=s=>`${nt(s,n)} (${U(s,n.total)})`;return`${o(t.minus[e])} → ${o(t.plus[e])}, ${e?Ee(t,e):"in all"}`}function wt(t,e,n){let o=t.self[e]-(t.selfMinus?t.selfMinus[e]:0),s=e?t.name(e):"root",r=t.inlined[e]?" (inlined)":"";return`${s}${r}: ${Te(t,e,n)}, self ${nt(o,n)}`}function De(t,e){let n=t.frames[t.frame[e]];return n?n[1]||n[2]:""}var Pt=(t,e,n)=>Math.max(e,Math.min(n,t));function Ae(t){let[e,n]=(t||"").split("-").map(Number);return e>=0&&n>e&&n<=1?[e,n]:[0,1]}function Fn({picture:t,about:e,colors:n,flags:o,act:s,pivot:r,menu:a,setLine:i,root:c}){let l=z(),d=z(),[u,p]=Jt(l),$=z({view:Ae(X().get("x")),hover:null,selected:null,frame:0}),[,y]=S(0),h=$.current,m=()=>(h.view[1]-h.view[0])/(u||1),v=()=>{if(h.frame=0,!d.current||!u)return;let g=devicePixelRatio||1,M=Math.round(u*g),L=Math.round(p*g);(d.current.width!==M||d.current.height!==L)&&(d.current.width=M,d.current.height=L);let I=d.current.getContext("2d",{alpha:!1});I.setTransform(g,0,0,g,0,0),re(I,t,{view:h.view,top:l.current.scrollTop,width:u,height:p,flags:o,hover:h.hover,selected:h.selected,colors:n,root:c})};h.paint=v;let w=()=>{h.frame||(h.frame=requestAnimationFrame(()=>h.paint()))};ht(()=>{h.selected=null,h.hover=null,h.view=Ae(X().get("x")),l.current&&(l.current.scrollTop=t.flipped?1e7:0)},[t]);let E=X().get("x")||"";ht(()=>{h.view=Ae(E)},[E]),ht(v,[t,n,o,u,p,E]);let _=g=>{let M=Pt(g[1]-g[0],1e-6,1),L=Pt(g[0],0,1-M);h.view=[L,L+M],w(),clearTimeout(h.later),h.later=setTimeout(()=>H({x:M>.9999?null:`${L.toFixed(7)}-${(L+M).toFixed(7)}`},!0),300)};R(()=>()=>clearTimeout(h.later),[]);let k=(g,M=.5)=>{let L=h.view[0]+M*(h.view[1]-h.view[0]);_([L-(L-h.view[0])*g,L+(h.view[1]-L)*g])},T=g=>{let M=d.current.getBoundingClientRect(),L=Math.floor((g.clientY-M.top+l.current.scrollTop)/O);return t.at(L,h.view[0]+(g.clientX-M.left)*m())},A=g=>{h.hover?.node===g?.node&&h.hover?.tree===g?.tree||(h.hover=g,i(g?[g.tree,g.node]:null),w())},b=g=>{h.selected=g,h.hover=null,i([g.tree,g.node]);let M=t.rowOf(g.tree,g.tree.depth[g.node])*O;M<l.current.scrollTop&&(l.current.scrollTop=M),M+O>l.current.scrollTop+p&&(l.current.scrollTop=M+O-p);let[L,I]=[g.tree.x[g.node],g.tree.x[g.node]+g.tree.w[g.node]];(I<=h.view[0]||L>=h.view[1])&&_([L-(h.view[1]-h.view[0])/2,L+(h.view[1]-h.view[0])/2]),w(),y(ut=>ut+1)},C=(g,M)=>{let L=h.selected||{tree:t.down,node:0},{tree:I,node:ut}=L;if(M>0){let Mt=I.kids(ut)[0];return b(Mt!==void 0?{tree:I,node:Mt}:L)}if(M<0){if(ut===0&&t.up&&I===t.down&&t.up.count>1)return b({tree:t.up,node:t.up.kids(0)[0]});let Mt=I.parent[ut];return b(I===t.up&&Mt===0?{tree:t.down,node:0}:{tree:I,node:Mt})}let le=I.rows[I.depth[ut]];return b({tree:I,node:le[Pt(le.indexOf(ut)+g,0,le.length-1)]})},D={ArrowLeft:()=>C(-1,0),ArrowRight:()=>C(1,0),ArrowDown:()=>C(0,t.flipped?-1:1),ArrowUp:()=>C(0,t.flipped?1:-1),"+":()=>k(.7),"=":()=>k(.7),"-":()=>k(1/.7),0:()=>_([0,1]),a:()=>_([h.view[0]-(h.view[1]-h.view[0])/5,h.view[1]-(h.view[1]-h.view[0])/5]),e:()=>_([h.view[0]+(h.view[1]-h.view[0])/5,h.view[1]+(h.view[1]-h.view[0])/5]),Enter:()=>h.selected&&s(h.selected,!1),p:()=>h.selected&&r(h.selected),z:()=>h.selected&&s(h.selected,!0),Escape:()=>H({p:null,z:null,x:null})," ":()=>h.selected&&St(h.selected)},x=g=>{if(!(g.ctrlKey||g.metaKey||g.altKey)){if(h.selected&&(g.key==="ContextMenu"||g.key==="F10"&&g.shiftKey||g.key==="m")){let M=d.current.getBoundingClientRect(),{tree:L,node:I}=h.selected;a(h.selected,[M.left+Pt((L.x[I]-h.view[0])/m(),0,u),M.top+t.rowOf(L,L.depth[I])*O-l.current.scrollTop+O])}else if(D[g.key])D[g.key]();else return;g.preventDefault()}},F=bt(),St=g=>F([g.tree.name(g.node)]),mt=z(null),Ft=Zt(d,(g,M,L,I)=>{k(1/g,M/u),_([h.view[0]-I*m(),h.view[1]-I*m()])}),co=g=>{if(!g.button){if(Ft.down(g)){mt.current=null;return}mt.current={x:g.clientX,y:g.clientY,view:h.view,top:l.current.scrollTop,moved:!1},d.current.setPointerCapture(g.pointerId)}},uo=g=>{let M=mt.current;if(!Ft.move(g)){if(!M)return A(T(g));if(Math.abs(g.clientX-M.x)+Math.abs(g.clientY-M.y)>4&&(M.moved=!0),M.moved){let L=(g.clientX-M.x)*m();_([M.view[0]-L,M.view[1]-L]),l.current.scrollTop=M.top-(g.clientY-M.y)}}},fo=g=>{let M=mt.current;mt.current=null;let L=!Ft.up(g)&&M&&!M.moved&&T(g);L&&s(L,g.shiftKey)},He=g=>{if(g.ctrlKey||g.metaKey){g.preventDefault();let M=d.current.getBoundingClientRect();k(Math.exp(Pt(g.deltaY,-80,80)/160),(g.clientX-M.left)/u)}else if(Math.abs(g.deltaX)>Math.abs(g.deltaY)||g.shiftKey){g.preventDefault();let M=(g.deltaX||g.deltaY)*m();_([h.view[0]+M,h.view[1]+M])}};R(()=>{let g=l.current;return g.addEventListener("wheel",He,{passive:!1}),()=>g.removeEventListener("wheel",He)});let po=h.selected?wt(h.selected.tree,h.selected.node,e):"Flame graph. Arrow keys go from box to box; the table shows the same as text.";return f`<div class="flame-box" ref=${l} onScroll=${w}>
    <canvas ref=${d} tabindex="0" role="img" aria-label=${po} onKeyDown=${x}
      onPointerDown=${co} onPointerMove=${uo} onPointerUp=${fo}
        onPointerCancel=${g=>{Ft.up(g),mt.current=null}}
      onPointerLeave=${()=>A(null)}
      onContextMenu=${g=>{g.preventDefault();let M=T(g);M&&M.node&&a(M,[g.clientX,g.clientY])}}
      style=${{height:p+"px"}}></canvas>
    <div style=${{height:Math.max(0,t.rows*O-p)+"px"}}></div>
  </div>`}var Wn=()=>`${P.file||"profile"} ${X().get("si")||P.type}`;function zn(t,e,n){let r=Math.min(t.rows*O,Math.floor(16e3)),a=document.createElement("canvas");a.width=1600*2,a.height=r*2;let i=a.getContext("2d");i.scale(2,2),re(i,t,{view:[0,1],top:0,width:1600,height:r,flags:null,colors:e,root:n}),a.toBlob(c=>it("flamegraph.png","image/png",c))}var Po=`:root{color-scheme:light dark}
body{margin:0 8px;font:13px system-ui,sans-serif}
header{position:sticky;top:0;display:flex;gap:12px;align-items:center}
header{padding:8px 0;background:Canvas}
#line{overflow:hidden;white-space:nowrap;text-overflow:ellipsis}input{font:inherit}`,Oo=t=>t.replace(/</g,"\\u003c");async function qn(t,e,n,o,s){let r=await(await fetch("assets/flame.js")).text(),a=Oo(JSON.stringify({data:t.data,about:{unit:t.about.unit,ratio:t.about.ratio,total:t.about.total},color:n,order:o,root:s,flipped:e.flipped})),i=Wn().replace(/[&<>]/g,"");it("flamegraph.html","text/html",`<!doctype html><html lang="en"><meta charset="utf-8"><title>${i}</title>
<meta name="viewport" content="width=device-width,initial-scale=1"><style>${Po}</style>
<header><b>${i}</b>
<input id="search" placeholder="Search regexp" aria-label="Search regexp">
<span id="line" role="status"></span></header>
<canvas></canvas><script type="application/json" id="flame">${a}<\/script><script>${r.replace(/<\/script/g,"<\\/script")}<\/script></html>`)}function Re(t,e,n,o,s){let r=(a,i)=>wt(a,i,o);return Nn(t,e,{width:s,title:Wn(),root:n,words:r})}var Un=(t,e,n,o)=>it("flamegraph.svg","image/svg+xml",Re(t,e,n,o,1600));var dt=24,No=1e3;function yt({label:t,columns:e,rows:n,by:o,onSort:s,isSelected:r,onSelect:a,onAct:i,onMenu:c,empty:l,rowClass:d}){let u=z(),[,p]=Jt(u),[$,y]=S(0),[h,m]=S(0),v=Qt(),w=v?0:Math.max(0,Math.floor($/dt)-8),E=v?No:Math.ceil((p||600)/dt)+16,_=Math.min(n.length,w+E);R(()=>m(0),[n.length]);let k=b=>{let C=Math.max(0,Math.min(n.length-1,b)),D=C*dt;m(C),D<u.current.scrollTop&&(u.current.scrollTop=D);let x=p-dt*2;D>u.current.scrollTop+x&&(u.current.scrollTop=D-x),requestAnimationFrame(()=>u.current?.querySelector("tr[data-at]")?.focus({preventScroll:!0}))},T=b=>{let C=Math.max(1,Math.floor(p/dt)-2),D={ArrowDown:1,ArrowUp:-1,PageDown:C,PageUp:-C,Home:-n.length,End:n.length};if(!b.target.closest("thead")){if(b.key in D)k(h+D[b.key]);else if(b.key===" "&&a)a(n[h]);else if(b.key==="Enter"&&i)i(n[h]);else if((b.key==="ContextMenu"||b.key==="F10"&&b.shiftKey)&&c){let x=u.current.querySelector("tr[data-at]").getBoundingClientRect();c(n[h],[x.left+240,x.bottom])}else return;b.preventDefault()}},A=b=>o===b.key?"descending":o==="-"+b.key?"ascending":"none";return f`<div class="scroll" ref=${u} onScroll=${()=>y(u.current.scrollTop)}>
    <table aria-label=${t} aria-rowcount=${n.length+1} onKeyDown=${T}>
      <thead><tr aria-rowindex="1">${e.map(b=>f`<th scope="col" class=${b.className||""}
        aria-sort=${s&&b.sort?A(b):void 0}>${s&&b.sort?f`<button onClick=${()=>s(b.key)}>${b.title}<span aria-hidden="true">${{descending:" ↓",ascending:" ↑",none:""}[A(b)]}</span></button>`:b.title}</th>`)}</tr></thead>
      <tbody>
        ${w>0&&f`<tr aria-hidden="true"><td colspan=${e.length}
          style=${{height:w*dt+"px"}}></td></tr>`}
        ${n.slice(w,_).map((b,C)=>f`<tr key=${w+C} aria-rowindex=${w+C+2}
          tabindex=${w+C===h?0:-1} data-at=${w+C===h?"":void 0}
          aria-selected=${r?r(b):void 0}
          class=${(r?.(b)?"selected ":"")+(d?.(b)||"")}
          onClick=${D=>{m(w+C),a&&!D.target.closest("a,button")&&a(b)}}
          onDblClick=${()=>i&&i(b)}
          onContextMenu=${D=>{c&&(D.preventDefault(),c(b,[D.clientX,D.clientY]))}}>
          ${e.map((D,x)=>x===e.length-1?f`<th scope="row" class=${D.className||""}>${D.cell(b)}</th>`:f`<td class=${D.className||""}>${D.cell(b)}</td>`)}</tr>`)}
        ${_<n.length&&!v&&f`<tr aria-hidden="true"><td colspan=${e.length}
          style=${{height:(n.length-_)*dt+"px"}}></td></tr>`}
      </tbody></table>
    ${n.length===0&&f`<p class="nothing">${l||"Nothing to show."}</p>`}
  </div>`}var kt=(t,e)=>t===e?"-"+e:e;function xt(t,e,n){let o=!n.startsWith("-"),s=e.find(i=>i.key===n.replace(/^-/,""));if(!s||!s.sort)return t;let r=t.map(i=>[s.sort(i),i]),a=r.length&&typeof r[0][0]=="string";return r.sort(([i],[c])=>a?i<c?-1:i>c?1:0:c-i),o||r.reverse(),r.map(([,i])=>i)}function Bn({tree:t,about:e,flags:n,onAct:o,onMenu:s}){let[r,a]=S(()=>new Set(Hn(t)));R(()=>a(new Set(Hn(t))),[t]);let i=V(()=>{let p=[],$=[0];for(;$.length;){let y=$.pop();p.push(y);let h=t.kids(y);if(r.has(y))for(let m=h.length;m-- >0;)$.push(h[m])}return p},[t,r]),c=p=>{let $=new Set(r);$.delete(p)||$.add(p),a($)},l=e.total,d=(p,$,y)=>nt(p[y]-($?$[y]:0),e),u=[{key:"total",title:t.minus?"Change":"Total",className:"num",cell:p=>d(t.plus,t.minus,p)},{key:"share",title:"Share",className:"num",cell:p=>U(t.plus[p]-(t.minus?t.minus[p]:0),l)},{key:"self",title:"Self",className:"num",cell:p=>d(t.self,t.selfMinus,p)},{key:"name",title:"Function, with what it calls below it",cell:p=>f`<span style=${{paddingLeft:t.depth[p]*14+"px"}}>
      ${t.kids(p).length?f`<button class="twist" aria-expanded=${r.has(p)}
            aria-label=${r.has(p)?"Close":"Open"}
        onClick=${()=>c(p)}>${r.has(p)?"▾":"▸"}</button>`:f`<span class="twist"></span>`}
      ${p?t.name(p):"root"}${t.inlined[p]?f` <small>(inlined)</small>`:""}</span>`}];return f`<${yt} label="Call tree" columns=${u} rows=${i}
    onSelect=${p=>t.kids(p).length>0&&c(p)}
    onAct=${p=>o({tree:t,node:p},!1)}
    onMenu=${(p,$)=>p&&s({tree:t,node:p},$)}
    rowClass=${p=>n&&p&&n[t.frame[p]]?"found":""} />`}function Hn(t){let e=[0];for(let n=0;n<12&&t.kids(e[n]).length;n++)e.push(t.kids(e[n])[0]);return e}function Ot({label:t,name:e,value:n,options:o}){return f`<label class="choice">${t} <select value=${n}
    onChange=${s=>H({[e]:s.target.value===o[0][0]?null:s.target.value})}>
    ${o.map(([s,r])=>f`<option value=${s}
      selected=${s===n}>${r}</option>`)}</select></label>`}function Fo({picture:t,mode:e,root:n,about:o}){let s=Re(t,new Lt(e,t.down,!1),n,o,1e3);return f`<div class="paper" dangerouslySetInnerHTML=${{__html:s}}></div>`}function In(){let t=Qt(),e=G(),n=J("flamegraph");Q(n);let o=te(),[s,r]=S(null),[a,i]=S(null),c=e.get("order")||"weight",l=V(()=>{if(!n.data)return null;let{frames:x,down:F,up:St}=n.data;return new se(new At(x,F,c),St&&St.parent.length>1?new At(x,St,c):null,e.get("dir")==="flame")},[n.data,c,e.get("dir")]),d=!!l?.down.minus,u=e.get("color")||(d?"change":"package"),p=V(()=>l&&new Lt(u,l.down,o),[l,u,o]),$=Y(e.get("q")),y=V(()=>l&&$?Dn(n.data.frames,$):null,[n.data,e.get("q"),l]),h=e.get("p"),m=h?`all stacks through ${h}`:e.get("z")?"root (zoomed)":"root";R(()=>r(null),[l]);let v=({tree:x,node:F})=>H({p:F?ot([De(x,F)]):null,z:null,x:null}),w=({tree:x,node:F})=>{h||x!==l.down?H({x:F?`${x.x[F].toFixed(7)}-${Math.min(1,x.x[F]+x.w[F]).toFixed(7)}`:null}):H({z:F?x.path(F).join("."):null,x:null})},E=(x,F)=>e.get("click")==="zoom"!==F?w(x):v(x),_=(x,F)=>i({hit:x,where:F});if(!l)return f`<${Z} state=${n} what=${"Drawing …"} />`;let k=n.about,T=y&&An(l.down,y),A=y?"":`${m}: ${Te(l.down,0,k)}`,b=s?wt(s[0],s[1],k):A,C=[["weight","by weight (left heavy)"],["name","by name"]].concat(n.data.times?[["time","by time"]]:[]),D=l.down.count===1;return f`<main class="page flame">
    <div class="tools" role="toolbar" aria-label="Flame graph">
      <${Ot} label="Direction" name="dir" value=${e.get("dir")||"icicle"} options=${[["icicle","icicle"],["flame","flame"]]} />
      <${Ot} label="Order" name="order" value=${c} options=${C} />
      <${Ot} label="Colour" name="color" value=${u} options=${(d?[["change","by change"]]:[]).concat([["package","by package"],["file","by file"],["self","by self"]])} />
      <${Ot} label="Click" name="click" value=${e.get("click")||"pivot"} options=${[["pivot","pivots"],["zoom","zooms"]]} />
      <${Ot} label="As" name="as" value=${e.get("as")||"picture"} options=${[["picture","picture"],["table","table"]]} />
      <${st} title="Save picture">
        <${q} title="SVG"
          onClick=${()=>Un(l,p,m,k)} />
        <${q} title="PNG" onClick=${()=>zn(l,p,m)} />
        <${q} title="HTML" hint="one file that works alone"
          onClick=${()=>qn(n,l,u,c,m)} />
      <//>
      ${(h||e.get("z")||e.get("x"))&&f`<button
        onClick=${()=>H({p:null,z:null,x:null})}>Show all</button>`}
      ${d&&f`<span class="legend" aria-hidden="true"><i class="less"></i>less<i
        class="same"></i>same<i class="more"></i>more</span>`}
    </div>
    <div class="line" role="status">
      <span class="who">${b}</span>
      ${y&&f`<span class="found-sum">
        matched ${nt(T,k)} (${U(T,l.down.weight[0])})</span>`}
    </div>
    ${D?f`<p class="nothing">${Vt}</p>`:e.get("as")==="table"?f`<${Bn} tree=${l.down} about=${k} flags=${y} onAct=${E}
            onMenu=${_} />`:t?f`<${Fo} picture=${l} mode=${u} root=${m} about=${k} />`:f`<${Fn} picture=${l} about=${k} colors=${p} flags=${y}
            act=${E} pivot=${v} menu=${_} setLine=${r} root=${m} />`}
    ${a&&f`<${vt} at=${a.where} name=${De(a.hit.tree,a.hit.node)}
        onClose=${()=>i(null)}
      more=${[["Pivot: all stacks through it",()=>v(a.hit)],["Zoom into this box",()=>w(a.hit)]]} />`}
  </main>`}var jn=(t,e,n)=>Math.max(e,Math.min(n,t));function Wo(t){let e=new DOMParser().parseFromString(t,"image/svg+xml").documentElement;return e.nodeName!=="svg"?null:(e.querySelectorAll("script").forEach(n=>n.remove()),e.querySelector(":scope > rect")?.remove(),e.querySelector("#legend")?.remove(),e.removeAttribute("font-family"),document.importNode(e,!0))}var zo="Call graph. Tab goes from function to function, Enter selects, plus and minus zoom, arrows move.";function qo({data:t,about:e,selected:n,onToggle:o,onMenu:s,re:r}){let a=z(),i=z({k:1,x:0,y:0}),c=V(()=>Wo(t.svg),[t]),l=i.current,d=()=>{c.style.transform=`translate(${l.x}px, ${l.y}px) scale(${l.k})`},u=_=>{let[,,k,T]=c.getAttribute("viewBox").split(" ").map(Number),A=a.current.getBoundingClientRect();if(l.k=jn(Math.min(A.width/k,A.height/T),_,1),l.x=(A.width-k*l.k)/2,l.y=0,k*l.k>A.width||T*l.k>A.height){let b=0;t.nodes.forEach((D,x)=>{Math.abs(D[4])>Math.abs(t.nodes[b][4])&&(b=x)});let C=c.querySelector(`#node${b+1}`)?.getBBox();C&&(l.x=A.width/2-(C.x+C.width/2)*l.k),C&&(l.y=Math.min(8,A.height/3-C.y*l.k))}d()},p=(_,k,T)=>{let A=jn(l.k*_,.05,10);l.x=k-(k-l.x)*A/l.k,l.y=T-(T-l.y)*A/l.k,l.k=A,d()};R(()=>{if(!c)return;let _=c.querySelector("#graph0");_?.setAttribute("transform","translate(0,0)");let[,,k,T]=c.getAttribute("viewBox").split(" ").map(Number);a.current.replaceChildren(c);let A=_?.getBBox(),b=A&&A.width?[Math.ceil(A.x+A.width+24),Math.ceil(A.y+A.height+24)]:[k,T];c.setAttribute("viewBox",`0 0 ${b[0]} ${b[1]}`),c.setAttribute("width",b[0]),c.setAttribute("height",b[1]),c.setAttribute("role","group"),t.nodes.forEach((C,D)=>{let x=c.querySelector(`#node${D+1}`);x&&(x.setAttribute("tabindex","0"),x.setAttribute("role","button"),x.setAttribute("aria-label",`${C[0]}: ${C[5]} of ${C[6]} (${U(C[4],e.total)})`),x.dataset.at=D)}),u(.6)},[c]),R(()=>{t.nodes.forEach((_,k)=>{let T=c?.querySelector(`#node${k+1}`);T&&(T.classList.toggle("selected",n.has(_[1]||_[0])),T.classList.toggle("found",!!r&&r.test(_[0])),T.setAttribute("aria-pressed",n.has(_[1]||_[0])))})},[c,n,r]);let $=z(null),y=_=>{let k=_.target.closest?.("[data-at]");return k?t.nodes[k.dataset.at]:null},h=Zt(a,(_,k,T,A,b)=>{p(_,k,T),l.x+=A,l.y+=b,d()}),m=_=>{if(!_.button){if(h.down(_)){$.current=null;return}$.current={x:_.clientX,y:_.clientY,ox:l.x,oy:l.y,moved:!1,node:y(_)},a.current.setPointerCapture(_.pointerId)}},v=_=>{let k=$.current;h.move(_)||!k||(Math.abs(_.clientX-k.x)+Math.abs(_.clientY-k.y)>4&&(k.moved=!0),k.moved&&(l.x=k.ox+_.clientX-k.x,l.y=k.oy+_.clientY-k.y,d()))},w=_=>{let k=$.current;$.current=null,!h.up(_)&&k&&!k.moved&&k.node&&o(k.node[1]||k.node[0])};return R(()=>{let _=T=>{T.preventDefault();let A=a.current.getBoundingClientRect();p(T.deltaY<0?1.1:.9090909090909091,T.clientX-A.left,T.clientY-A.top)},k=a.current;return k.addEventListener("wheel",_,{passive:!1}),()=>k.removeEventListener("wheel",_)}),f`<div class="graph-box" ref=${a} tabindex="0" role="group" onKeyDown=${_=>{let k=a.current.getBoundingClientRect(),T=y(_),A={ArrowLeft:[60,0],ArrowRight:[-60,0],ArrowUp:[0,60],ArrowDown:[0,-60]};if(_.key==="+"||_.key==="=")p(1.25,k.width/2,k.height/2);else if(_.key==="-")p(.8,k.width/2,k.height/2);else if(_.key==="0")u(.05);else if(A[_.key])l.x+=A[_.key][0],l.y+=A[_.key][1],d();else if(T&&(_.key==="Enter"||_.key===" "))o(T[1]||T[0]);else if(T&&(_.key==="ContextMenu"||_.key==="m")){let b=_.target.getBoundingClientRect();s(T,[b.left,b.bottom])}else return;_.preventDefault()}}
    aria-label=${zo}
    onPointerDown=${m} onPointerMove=${v} onPointerUp=${w}
      onPointerCancel=${_=>{h.up(_),$.current=null}}
    onContextMenu=${_=>{let k=y(_);k&&(_.preventDefault(),s(k,[_.clientX,_.clientY]))}}
    onDblClick=${_=>y(_)||u(.05)}></div>`}var Kn=(t,e)=>t?f` <small>(${e})</small>`:"",Gn=(t,e)=>[{key:"weight",title:"Weight",className:"num",sort:n=>n[2],cell:n=>n[3]},{key:"share",title:"Share",className:"num",cell:n=>U(n[2],e.total)},{key:"from",title:"Caller",sort:n=>t.nodes[n[0]][0],cell:n=>t.nodes[n[0]][0]},{key:"to",title:"Callee",sort:n=>t.nodes[n[1]][0],cell:n=>f`${t.nodes[n[1]][0]}${Kn(n[4],"inlined")}${Kn(n[5],"over others")}`}];function Yn(){let t=G(),e=J("graph");Q(e);let n=bt(),[o,s]=S(new Set),[r,a]=S(null),i=Y(t.get("q"));R(()=>{s(new Set),n([])},[e.data]);let c=$=>{let y=new Set(o);y.delete($)||y.add($),s(y),n([...y])};if(!e.data)return f`<${Z} state=${e} what=${"Laying out …"} />`;let{data:l,about:d}=e,u=t.get("as")==="table",p=t.get("by")||"weight";return f`<main class="page graph">
    <div class="tools" role="toolbar" aria-label="Graph">
      <label class="choice">As <select value=${u?"table":"picture"}
        onChange=${$=>H({as:$.target.value==="table"?"table":null})}>
        <option value="picture" selected=${!u}>picture</option><option value="table"
          selected=${u}>table of calls</option></select></label>
      <${st} title="Save picture"><${q} title="SVG"
        onClick=${()=>it("graph.svg","image/svg+xml",l.svg)} /><//>
      <span class="hint">${l.nodes.length} functions, ${l.edges.length} calls. Drag moves,
        the wheel zooms, a click selects.</span>
    </div>
    ${l.nodes.length===0?f`<p class="nothing">No functions: the profile is empty, or the filters leave
            nothing.</p>`:u?f`<${yt} label="Calls" columns=${Gn(l,d)} by=${p}
            onSort=${$=>H({by:kt(p,$)})}
        rows=${xt(l.edges.filter($=>!i||i.test(l.nodes[$[0]][0])||i.test(l.nodes[$[1]][0])),Gn(l,d),p)} />`:f`<${qo} data=${l} about=${d} selected=${o} onToggle=${c}
            re=${i}
        onMenu=${($,y)=>a({name:$[1]||$[0],where:y})} />`}
    ${r&&f`<${vt} at=${r.where} name=${r.name} onClose=${()=>a(null)} />`}
  </main>`}var Le=(t,e,n)=>f`<span class="bar"
    style=${{"--share":Math.min(1,Math.abs(t/(e||1))).toFixed(4)}}>${n}</span>`,Vn=t=>t<0?"less":"";function Jn(){let t=G(),e=J("top");Q(e);let n=bt(),[o,s]=S(new Set),[r,a]=S(null),i=Y(t.get("q")),c=t.get("by")||(t.get("sort")==="cum"?"cum":"flat");R(()=>{s(new Set),n([])},[e.data]);let l=e.about?.total,d=V(()=>[2,3].map(m=>(e.data?.rows||[]).reduce((v,w)=>Math.max(v,Math.abs(w[m])),0)),[e.data]),u=V(()=>[{key:"flat",title:"Flat",className:"num",sort:m=>Math.abs(m[2]),cell:m=>f`<span class=${Vn(m[2])}>${Le(m[2],d[0],m[4])}</span>`},{key:"flatShare",title:"Flat%",className:"num",cell:m=>U(m[2],l)},{key:"sum",title:"Sum%",className:"num extra",cell:m=>U(m.sum,l)},{key:"cum",title:"Cum",className:"num",sort:m=>Math.abs(m[3]),cell:m=>f`<span class=${Vn(m[3])}>${Le(m[3],d[1],m[5])}</span>`},{key:"cumShare",title:"Cum%",className:"num",cell:m=>U(m[3],l)},{key:"name",title:"Name",sort:m=>m[0],cell:m=>f`<span title=${m[0]}>${m[0]}</span>${m[1]&&f` <small>${m[1]}</small>`}`}],[l,d]),p=V(()=>{if(!e.data)return[];let m=e.data.rows.map(E=>E.slice());m.forEach((E,_)=>{E.i=_});let v=xt(m,u,c),w=0;for(let E of v)E.sum=w+=E[2];return v},[e.data,c,u]),$=V(()=>i?p.filter(m=>i.test(m[0])):p,[p,t.get("q")]),y=m=>m[6]||m[0],h=m=>{let v=new Set(o);v.delete(y(m))||v.add(y(m)),s(v),n([...v])};return e.data?f`<main class="page">
    <div class="tools"><span class="hint">
      ${j($.length)}${i?` of ${j(p.length)}`:""} functions,
      total ${e.about.totalText}. A click selects, Enter shows the source.</span></div>
    <${yt} label="Functions by weight" columns=${u} rows=${$} by=${c}
      onSort=${m=>H({by:kt(c,m)})}
      isSelected=${m=>o.has(y(m))} onSelect=${h}
      onAct=${m=>lt(K("source",{f:ot([y(m)])}))}
      onMenu=${(m,v)=>a({name:y(m),where:v})}
      empty=${i?"No function matches the search.":Vt} />
    ${r&&f`<${vt} at=${r.where} name=${r.name} onClose=${()=>a(null)} />`}
  </main>`:f`<${Z} state=${e} what=${"Counting …"} />`}var Uo=60;function Xn({list:t,cum:e,what:n}){let[o,s]=S(!1),r=typeof t[t.length-1]=="number"?t[t.length-1]:0,a=r?t.slice(0,-1):t,i=o?a:a.slice(0,Uo);return f`${i.map(c=>f`<tr class=${n}>
    <td class="num">${Le(c[1],e,c[2])}</td><td class="num">${U(c[1],e)}</td>
    <th scope="row"><span class="indent">${n==="caller"?"↓":"↳"} <a
      href=${K("peek",{f:ot([c[4]])})}
      onClick=${l=>et(l,l.currentTarget.getAttribute("href"))}>${c[0]}</a>
      ${c[3]?f` <small>(inlined)</small>`:""}</span></th></tr>`)}
    ${a.length>i.length&&f`<tr><td></td><td></td><th scope="row"><button
      onClick=${()=>s(!0)}>${a.length-i.length} more</button></th></tr>`}
    ${r>0&&o&&f`<tr><td></td><td></td><th scope="row">
    <small>and ${r} lighter ones</small></th></tr>`}`}function Qn(){let t=G(),e=J("peek");Q(e);let n=Y(t.get("q"));if(!e.data)return f`<${Z} state=${e} what=${"Looking up …"} />`;let{data:o,about:s}=e,r=o.nodes.filter(a=>!n||n.test(a.name));return f`<main class="page flow">
    ${!t.get("f")&&f`<p
      class="hint">The heaviest functions. Type an expression in the search box and press Enter to
      see some.</p>`}
    <table class="peek" aria-label="Callers and callees">
      <thead><tr><th class="num" scope="col">Weight</th><th class="num" scope="col">Of cum</th><th
        scope="col">Callers above, callees below</th></tr></thead>
      ${r.map(a=>f`<tbody>
        <${Xn} list=${a.callers} cum=${a.cum} what="caller" />
        <tr class="node"><td class="num">${a.cumText}</td><td
          class="num">${U(a.cum,s.total)}</td>
          <th scope="row"><a href=${K("source",{f:ot([a.function])})}
            onClick=${i=>et(i,i.currentTarget.getAttribute("href"))}>${a.name}</a>
          <small> flat ${a.flatText} (${U(a.flat,s.total)})</small></th></tr>
        <${Xn} list=${a.callees} cum=${a.cum} what="callee" />
      </tbody>`)}
    </table>
    ${r.length===0&&f`<p class="nothing">Nothing matches.</p>`}
    ${o.leftOut>0&&f`<p class="hint">${j(o.leftOut)} more functions match; a
      narrower expression shows them.</p>`}
  </main>`}var Pe=t=>t?"num hot":"num";function Zn({of:t,about:e}){return f`<p>flat <b>${t.texts[0]||"0"}</b>, cum <b>${t.texts[1]||"0"}</b>
    ${" "}(${U(t.cum,e.total)} of the total)</p>`}function Ho({i:t,before:e}){let n=t[6],o=e?e[6]:[],s=0;for(;s<n.length&&s<o.length&&n[s][0]===o[s][0]&&n[s][1]===o[s][1];)s++;let r=i=>i.split("/").pop(),a=f`<tr class="gap"><td colspan="3"></td><td class="code">⋮</td></tr>`;return f`${t[5]?a:""}
    ${n.slice(s).map((i,c)=>f`<tr class="call"><td colspan="2"></td><td class="num">${i[1]}</td>
      <td class="code"><span
        style=${{paddingLeft:(s+c+1)*2+"ch"}}>inlined: ${r(i[0])}:${i[1]}</span>
        </td></tr>`)}
    <tr class="asm"><td class=${Pe(t[0])}>${t[0]}</td><td class="num">${t[1]}</td><td
      class="num faint">${t[2]}</td>
      <td class="code"><span
        style=${{paddingLeft:(n.length+1)*2+"ch"}}>${t[3]}</span>${t[4]&&f`<span
          class="place">${t[4]}</span>`}</td></tr>`}function Bo({line:t,forced:e}){let[n,o]=S(null),s=t[4],r=s&&(n??e),a=t[3]===null?t[0]?"(this line of the source is not here)":"(line not known)":t[3],i=f`<td class=${Pe(t[1])}>${t[1]}</td><td class="num">${t[2]}</td><td
    class="num faint">${t[0]||""}</td>`;return s?f`<tr class="opens" onClick=${()=>o(!r)}>${i}
      <td class="code"><button class="line" aria-expanded=${!!r}>${a||" "}</button></td>
      </tr>
    ${r&&s.map((c,l)=>f`<${Ho} i=${c} before=${s[l-1]} />`)}`:f`<tr class=${t[2]?"":"idle"}>${i}<td class="code">${a}</td></tr>`}function Io({f:t,about:e,forced:n}){return f`<section class="function"><h2>${t.name}</h2>
    <p class="faint file">${t.file||"(no source file is known)"}</p>
    ${t.trouble&&f`<p class="warning">${t.trouble}</p>`}
    <${Zn} of=${t} about=${e} />
    <div class="code-box" tabindex="0" role="region" aria-label=${"Source of "+t.name}><table
      class="source" aria-label=${t.name}>
      <thead><tr><th class="num" scope="col">Flat</th><th class="num" scope="col">Cum</th><th
        class="num" scope="col">Line</th><th scope="col">Source</th></tr></thead>
      <tbody>${t.lines.map(o=>f`<${Bo} line=${o} forced=${n} />`)}</tbody></table>
      </div></section>`}function to(){let t=G(),e=J("source");Q(e);let[n,o]=S(!1),s=Y(t.get("q"));if(!e.data)return f`<${Z} state=${e} what=${"Reading binaries and sources …"} />`;let{data:r,about:a}=e,i=r.functions.filter(c=>!s||s.test(c.name)||s.test(c.file));return f`<main class="page flow">
    <div class="tools"><button aria-pressed=${n}
      onClick=${()=>o(!n)}>${n?"Hide":"Show"} all instructions</button>
      <span class="hint">A click on a line shows its instructions and inlined calls.
        ${t.get("f")?"":" The heaviest functions are shown; search for others."}</span></div>
    ${i.map(c=>f`<${Io} key=${c.name+c.file} f=${c} about=${a}
      forced=${n} />`)}
    ${i.length===0&&f`<p class="nothing">No function to show.</p>`}
    ${r.leftOut>0&&f`<p
      class="hint">${r.leftOut} more functions match; a narrower expression shows them.</p>`}
  </main>`}function jo({r:t,about:e}){return f`<section class="function"><h2>${t.name}</h2>
    ${t.others.length>0&&f`<p class="faint">also ${t.others.join(", ")}</p>`}
    <${Zn} of=${t} about=${e} />
    <div class="code-box" tabindex="0" role="region" aria-label=${"Instructions of "+t.name}>
    <table class="source disasm" aria-label=${t.name}>
      <thead><tr><th class="num" scope="col">Flat</th><th class="num" scope="col">Cum</th><th
        class="num" scope="col">Address</th><th scope="col">Instruction</th><th
          scope="col">Comes from</th></tr></thead>
      <tbody>${t.lines.map((n,o)=>{let s=t.lines[o-1],r=!s||s[4]!==n[4]||s[5]!==n[5];return f`<tr class=${n[1]?"":"idle"}><td class=${Pe(n[0])}>${n[0]}</td><td
          class="num">${n[1]}</td><td class="num faint">${n[2]}</td>
          <td class="code">${n[3]}</td><td
            class="code faint">${r?[n[4],n[5]].filter(Boolean).join(" "):""}</td></tr>`})}</tbody></table></div></section>`}function eo(){let t=G(),e=J("disasm");Q(e);let n=Y(t.get("q"));if(!e.data)return f`<${Z} state=${e} what=${"Disassembling …"} />`;let o=e.data.routines.filter(s=>!n||n.test(s.name));return f`<main class="page flow">
    ${!t.get("f")&&f`<p
      class="hint">The heaviest functions are shown; search for others.</p>`}
    ${o.map(s=>f`<${jo} key=${s.name} r=${s} about=${e.about} />`)}
    ${o.length===0&&f`<p class="nothing">No function to show.</p>`}
  </main>`}function Oe(t,e){let n=`${e[4]}${t.unit}`;return`${t.key}=${e[4]===null?`^${Xt(e[0])}$`:`${n}:${n}`}`}function ct({to:t,children:e,title:n}){return f`<a href=${t} title=${n} onClick=${o=>et(o,t)}>${e}</a>`}function Ko({k:t,about:e,re:n}){let o=t.values.filter(r=>!n||n.test(r[0])||n.test(t.key));if(!o.length)return null;let s={tagroot:t.key};return f`<section class="label-key">
  <h2>${t.key} <small>${t.sumText} (${U(t.sum,e.total)})</small></h2>
    <p class="hint"><${ct}
      to=${K("flamegraph",s)}>Flame graph with it at the root</${ct}></p>
    <table aria-label=${"Values of "+t.key}><thead><tr><th class="num" scope="col">Weight</th><th
      class="num" scope="col">Share</th>
      <th class="num" scope="col">Samples</th><th scope="col">Value</th><th scope="col">Filter</th>
      </tr></thead><tbody>
      ${o.map(r=>f`<tr><td class="num"><span class="bar"
          style=${{"--share":Math.min(1,Math.abs(r[1]/(e.total||1)))}}>${r[2]}</span>
          </td>
        <td class="num">${U(r[1],e.total)}</td><td
          class="num">${j(r[3])}</td><th scope="row">${r[0]||"(empty)"}</th>
        <td><${ct} to=${tt("labels",{tf:Oe(t,r)})}>only</${ct}> <${ct}
          to=${tt("labels",{ti:Oe(t,r)})}>without</${ct}> <${ct}
            to=${K("flamegraph",{tf:Oe(t,r)})}>flame graph</${ct}></td></tr>`)}
    </tbody></table>
    ${t.leftOut>0&&f`<p
      class="hint">${j(t.leftOut)} more values.</p>`}</section>`}function no(){let t=G(),e=J("labels");Q(e);let n=Y(t.get("q"));if(!e.data)return f`<${Z} state=${e} what=${"Summing …"} />`;let o=t.get("tf")||t.get("ti");return f`<main class="page flow">
    ${o&&f`<div class="tools"><button
      onClick=${s=>et(s,tt("labels",{tf:null,ti:null}))}>
      Show all samples</button></div>`}
    ${e.data.keys.map(s=>f`<${Ko} key=${s.key} k=${s} about=${e.about} re=${n}
      />`)}
    ${e.data.keys.length===0&&f`<p class="nothing">The samples carry no labels.</p>`}
  </main>`}var ae=t=>t.state+`
`+t.frames.map(e=>e.join(" ")).join(`
`)+`
`+t.by,Go=t=>`${t.state} ${t.by} ${t.frames.map(e=>e.join(" ")).join(" ")}`;function Yo(t,e){let n=new Map(e.groups.map(s=>[ae(s),s])),o=t.groups.map(s=>{let r=n.get(ae(s));return n.delete(ae(s)),{...s,was:r?r.count:0}});for(let s of n.values())o.push({...s,was:s.count,count:0});return o}var oo=[{key:"count",title:"Count",sort:t=>t.count},{key:"delta",title:"Change",sort:t=>t.count-(t.was??t.count)},{key:"longest",title:"Longest wait",sort:t=>t.longest},{key:"state",title:"State",sort:t=>t.state},{key:"where",title:"Where, and who started it",sort:t=>t.frames[0]?.[0]||""}],Vo=t=>{let e=t.count-t.was;return e>0?`+${e}`:e<0?`−${-e}`:"="},Xo=/^(runtime\.|sync\.|internal\/|syscall\.|__|pthread_|futex|poll$|epoll_|read$|accept)/;function Jo({g:t,isDiff:e}){let[n,o]=S(!1),s=t.frames[0],r=t.count<t.was?"less":t.count>t.was?"more":"",a=t.frames.find(i=>!Xo.test(i[0]))||s;return f`<tr class="opens" onClick=${i=>i.target.closest("a")||o(!n)}>
      <td class="num"><b>${t.count}</b></td>
      ${e&&f`<td class=${"num "+r}>${Vo(t)}</td>`}
      <td class="num">${we(t.longest)}</td><td>${t.state}</td>
      <th scope="row"><button class="line"
        aria-expanded=${n}>${a?a[0]:"(no frames)"}</button>
        ${a!==s&&s&&f` <small>in ${s[0]}</small>`}
        ${t.by&&f` <small>by ${t.by}</small>`}</th></tr>
    ${n&&f`<tr class="stack"><td colspan=${e?5:4}><ol>${t.frames.map(i=>f`<li>
      <span>${i[0]}</span> <small>${i[1]}</small></li>`)}
      ${t.by&&f`<li class="by">created by ${t.by} <small>${t.byAt}</small></li>`}</ol>
      <p class="faint">
        ids ${t.ids.join(", ")}${t.count>t.ids.length?", …":""}</p></td></tr>`}`}function so(){let t=G(),e=J("goroutines",{keep:!1});Q(e);let n=Y(t.get("q")),o=t.get("by")||(e.data?.before?"delta":"count"),s=!!e.data?.before,r=V(()=>{if(!e.data)return[];let u=s?Yo(e.data.now,e.data.before):e.data.now.groups;return xt(u,oo,o)},[e.data,o]);if(!e.data)return f`<${Z} state=${e} what=${"Reading the dump …"} />`;let a=[...new Set(r.map(u=>u.state))].sort(),i=t.get("sel"),c=r.filter(u=>(!n||n.test(Go(u)))&&(!i||u.state===i)),l=c.reduce((u,p)=>u+p.count,0),d=u=>o===u.key?"descending":o==="-"+u.key?"ascending":"none";return f`<main class="page flow">
    <div class="tools">
      <label class="choice">State <select value=${i||""}
        onChange=${u=>H({sel:u.target.value||null})}>
        <option value="">all</option>${a.map(u=>f`<option value=${u}
          selected=${u===i}>${u}</option>`)}</select></label>
      <span class="hint">${j(l)} of ${j(e.data.now.total)} goroutines
        in ${j(c.length)} groups${s?", compared with an earlier moment":""}.
      </span>
    </div>
    <table class="goroutines" aria-label="Goroutines, grouped"><thead><tr>${oo.filter(u=>s||u.key!=="delta").map(u=>f`<th scope="col"
          class=${["count","delta","longest"].includes(u.key)?"num":""}
            aria-sort=${d(u)}>
      <button onClick=${()=>H({by:kt(o,u.key)})}>${u.title}<span
        aria-hidden="true">${{descending:" ↓",ascending:" ↑",none:""}[d(u)]}</span>
        </button></th>`)}</tr></thead>
      <tbody>${c.slice(0,1e3).map(u=>f`<${Jo} key=${ae(u)} g=${u}
        isDiff=${s} />`)}</tbody></table>
    ${c.length>1e3&&f`<p
      class="hint">The first 1,000 groups are shown; search for others.</p>`}
    ${c.length===0&&f`<p class="nothing">No goroutine matches.</p>`}
  </main>`}var ze=t=>new Date(t).toLocaleTimeString("en-GB"),Ne=t=>t.includes("(bytes)"),Fe=t=>t.replace(" (bytes)",""),We=(t,e)=>e==null?"not known":Ne(t)?Kt(e):j(e);function Qo({uPlot:t,name:e,at:n,values:o,moments:s,onPick:r}){let a=z(),i=z(),c=te();R(()=>{let d=c?"#9aa2ab":"#6b7178",u={stroke:d,grid:{stroke:c?"#2c3138":"#e6e9ed",width:1},ticks:{show:!1},font:"11px system-ui"},p=h=>{h.ctx.save(),h.ctx.strokeStyle=d,h.ctx.setLineDash([3,3]);for(let m of s.current){let v=Math.round(h.valToPos(m.at/1e3,"x",!0));v<h.bbox.left||v>h.bbox.left+h.bbox.width||(h.ctx.beginPath(),h.ctx.moveTo(v,h.bbox.top),h.ctx.lineTo(v,h.bbox.top+h.bbox.height),h.ctx.stroke())}h.ctx.restore()};i.current=new t({width:a.current.clientWidth,height:130,legend:{show:!1},hooks:{draw:[p]},cursor:{points:{size:6},drag:{x:!1,y:!1}},scales:{y:{range:(h,m,v)=>[0,(v||1)*1.1]}},axes:[{...u,space:70,size:28,values:(h,m)=>m.map(v=>ze(v*1e3))},{...u,size:62,space:26,...Ne(e)?{incrs:Array.from({length:50},(h,m)=>2**m)}:{},values:(h,m)=>m.map(v=>Ne(e)?Kt(v):j(v))}],series:[{},{stroke:c?"#8ab4ff":"#1a56c4",width:1.5,fill:c?"#8ab4ff22":"#1a56c418",points:{show:!1}}]},[n,o],a.current);let $=()=>{let h=i.current.cursor.idx;h!=null&&r(i.current.data[0][h]*1e3)};i.current.over.addEventListener("click",$);let y=new ResizeObserver(()=>i.current.setSize({width:a.current.clientWidth,height:130}));return y.observe(a.current),()=>{y.disconnect(),i.current.destroy()}},[c,e]),R(()=>i.current.setData([n,o]),[n,o]);let l=o[o.length-1];return f`<figure class="chart"><figcaption>
  <b>${Fe(e)}</b> <span>${We(e,l)}</span></figcaption>
    <div ref=${a} role="img" aria-label=${`${Fe(e)} over time, now ${We(e,l)}`}>
    </div></figure>`}function Zo({moments:t}){let e=X(),n=t.length?t[t.length-1].number:0,[o,s]=S(e.get("m")||String(n)),[r,a]=S(e.get("mb")||"");R(()=>{e.get("m")||s(String(n))},[n]);let i=l=>K(l,{m:o===String(n)&&!r?null:o,mb:r||null}),c=(l,d)=>f`<a class="button" href=${i(l)} onClick=${u=>et(u,i(l))}>${d}</a>`;return f`<section class="moments"><h2>Moments</h2>
    <table aria-label="Moments"><thead><tr><th scope="col">Look at</th><th
      scope="col">Compare with</th><th scope="col">Moment</th></tr></thead><tbody>
      ${t.map(l=>f`<tr><td><input type="radio" name="now" aria-label=${`look at moment ${l.number}`}
          checked=${o===String(l.number)} onChange=${()=>s(String(l.number))} /></td>
        <td><input type="radio" name="base" aria-label=${`compare with moment ${l.number}`}
          checked=${r===String(l.number)} disabled=${o===String(l.number)}
            onChange=${()=>a(String(l.number))} /></td>
        <th scope="row">${l.number}: ${ze(l.at)}
          ${l.dump?"":f` <small>no goroutine dump</small>`}</th></tr>`)}
    </tbody></table>
    <p>${r&&f`<button onClick=${()=>a("")}>Compare with none</button> `}
      ${c("flamegraph",r?"Flame graph of the difference":"Flame graph")}${" "}
      ${c("top","Top")}${" "}
      ${P.views.find(l=>l.path==="goroutines").there&&c("goroutines","Goroutines")}
    </p>
  </section>`}function ro(){G();let[t,e]=S(0),[n,o]=S(""),[s,r]=S(""),[a,i]=S(!1),[c,l]=S(!1),[d,u]=S(null);R(()=>{import("./chart.js").then(b=>u(()=>b.default)).catch(b=>r(b.message))},[]);let p=J("live",{keep:!1,tick:t});Q({...p,since:p.data?void 0:p.since});let $=z([]),y=p.data?.every||0;R(()=>{if(!y)return;let b=setInterval(()=>document.hidden||e(C=>C+1),Math.max(1e3,y*1e3));return()=>clearInterval(b)},[y]);let h=(b,C)=>async()=>{o(b),r("");try{await Gt(C)}catch(D){r(D.message)}o(""),e(D=>D+1)};if(!p.data)return f`<${Z} state=${p} what=${"Asking …"} />`;let m=p.data;$.current=m.moments;let v=Object.keys(m.series),w=["resident memory (bytes)","heap in use (bytes)","threads","goroutine","descriptors","fd"],E=v.filter(b=>!w.includes(b)),_=v.filter(b=>w.includes(b));_.sort((b,C)=>w.indexOf(b)-w.indexOf(C));let k=b=>f`<${Qo} key=${b} uPlot=${d} name=${b} at=${m.at} values=${m.series[b]}
      moments=${$} onPick=${T} />`,T=b=>{let C=m.moments.reduce((D,x)=>Math.abs(x.at-b)<Math.abs(D.at-b)?x:D,m.moments[0]);C&&lt(tt("live",{m:C.number}))},A=m.at.length?`${y?"recording, ":""}${m.at.length} points`:"";return f`<main class="page flow live">
    <div class="tools">
      <button disabled=${!!n}
        onClick=${h("Fetching the profile …","data/take")}>Take a moment now</button>
      ${y?f`<button onClick=${h("","data/record?every=0")}>Stop recording</button>`:f`<button disabled=${!!n}
            onClick=${h("Starting …",`data/record?every=2${a?"&profiles=1":""}`)}>
            Record every 2 s</button>
          <label class="choice"><input type="checkbox" checked=${a}
            onChange=${b=>i(b.target.checked)} /> with a profile each</label>`}
      <span class="hint" role="status">${n||A}</span>
    </div>
    <p class="faint">${m.source}${m.pid?`, process ${m.pid} on this machine`:""}</p>
    ${(s||m.trouble)&&f`<p class="warning" role="alert">${s||m.trouble}</p>`}
    ${m.at.length===0?f`<p class="hint">Recording draws the program's totals over time: memory, threads or
            goroutines, descriptors. Moments keep whole profiles, to be compared.</p>`:f`<div class="charts">${d&&_.map(k)}</div>
        ${E.length>0&&f`<details onToggle=${b=>l(b.currentTarget.open)}>
        <summary>Counts of the other profiles</summary>${c&&d&&f`<div
          class="charts">${E.map(k)}</div>`}</details>`}
        <details><summary>The same as a table</summary><div class="code-box"><table
          aria-label="Totals over time"><thead><tr><th
            scope="col">Time</th>${v.map(b=>f`<th class="num"
              scope="col">${Fe(b)}</th>`)}</tr></thead>
          <tbody>${m.at.slice(-200).map((b,C,D)=>f`<tr><th
            scope="row">${ze(b*1e3)}</th>${v.map(x=>f`<td
              class="num">${We(x,m.series[x][m.at.length-D.length+C])}</td>`)}</tr>`)}
          </tbody></table></div></details>`}
    <${Zo} moments=${m.moments} />
  </main>`}var ao={top:Jn,graph:Yn,flamegraph:In,peek:Qn,source:to,disasm:eo,labels:no,goroutines:so,live:ro},qe=P.views.filter(t=>t.there),Ue=new Map(P.options.map(t=>[t.url,t]));function ts(t,e,n){return n?["peek","source","disasm"].includes(t)?{f:n}:t==="flamegraph"&&e!==t?{p:n}:{}:{}}function es({view:t,re:e}){return f`<${st} title="View">${qe.map(n=>f`<${q} title=${n.title} hint=${n.help} current=${n.path===t}
      to=${K(n.path,ts(n.path,t,e))} />`)}<//>`}function ns({url:t,view:e}){let n=t.get("si")||P.type,o=/^\d+$/.test(n)?P.types[n]:n;return f`<${st} title="Sample">${P.types.map(s=>f`<${q} title=${s} current=${s===o}
    to=${tt(e,{si:s,z:null,x:null})} />`)}<//>`}function os({view:t,re:e,url:n}){let o=[...Ue.keys()].filter(r=>["f","i","h","s","sf","prunefrom","tf","ti","ts","th"].includes(r)&&n.get(r)),s=Object.fromEntries(["f","i","h","s","sf","prunefrom","tf","ti","ts","th","p","z","x","q"].map(r=>[r,null]));return f`<${st} title="Refine">
    ${!e&&f`<div class="popup-title">Type an expression or select something first</div>`}
    ${ke(e).map(([r,a,i,c])=>f`<${q} title=${r} hint=${c}
      disabled=${!e} to=${e&&K(t,{[a]:i,q:null,z:null,x:null})}
        />`)}
    <hr />
    ${o.map(r=>f`<${q} title=${`Without ${Ue.get(r).name}`} hint=${n.get(r)}
      to=${tt(t,{[r]:null,z:null,x:null})} />`)}
    <${q} title="Reset" hint="no filters" to=${tt(t,s)} /><//>`}function lo(t,e){return P.options.filter(o=>o.saved).map(o=>o.url).every(o=>(t.get(o)??Nt(o))===(e[o]??Nt(o)))}var Nt=t=>{let e=Ue.get(t);return e.kind==="bool"?e.value[0]:e.value};function io(t,e){let n={};for(let o of P.options)o.saved&&(n[o.url]=o.url in e&&e[o.url]!==Nt(o.url)?e[o.url]:null);return tt(t,{...n,z:null,x:null})}function ss({view:t,url:e,configs:n,onSave:o,onDelete:s,onOptions:r}){return f`<${st} title="Config">
    <${q} title="Options ..." hint="granularity, units, limits" onClick=${r} />
    <${q} title="Save as ..." onClick=${o} /><hr />
    <${q} title="Default" current=${lo(e,{})} to=${io(t,{})} />
    ${n.map(a=>f`<div class="pair"><${q} title=${a.name} current=${lo(e,a.params)}
        to=${io(t,a.params)} />
      <button class="quiet" aria-label=${`Delete ${a.name}`}
        onClick=${()=>s(a.name)}>✕</button></div>`)}<//>`}function rs({url:t}){let e=["m","mb"].filter(o=>t.get(o)).map(o=>`${o}=${t.get(o)}`).join("&"),n=async()=>{let o=await fetch(`data/${at()}${location.search}`);it(`${at()}.json`,"application/json",await o.text())};return f`<${st} title="Download">
    <a role="menuitem" href=${"download"+(e?"?"+e:"")} download="profile.pb.gz">
    <span>Profile</span><small>profile.pb.gz</small></a>
    <${q} title="This view as JSON" onClick=${n} /><//>`}function as({configs:t,onClose:e,onDone:n}){let[o,s]=S(""),[r,a]=S("");return f`<${Dt} title="Save configuration as" onClose=${e}><form onSubmit=${async c=>{c.preventDefault();let l=X();l.set("config",o);try{await Gt("saveconfig?"+l),n(),e()}catch(d){a(d.message)}}}>
    <label>Name <input autofocus list="config-names" value=${o}
      onInput=${c=>s(c.target.value)} /></label>
    <datalist id="config-names">${t.map(c=>f`<option value=${c.name} />`)}</datalist>
    <p class="hint">Options and filters of this address are kept in the settings file that
      google/pprof uses too.</p>
    ${r&&f`<p class="warning" role="alert">${r}</p>`}
    <p class="buttons"><button type="submit" class="primary" disabled=${!o}>Save</button></p>
    </form><//>`}function ls({name:t,onClose:e,onDone:n}){let[o,s]=S(""),r=async()=>{try{let a=await fetch("deleteconfig?config="+encodeURIComponent(t),{method:"DELETE"});if(!a.ok)throw new Error(await a.text());n(),e()}catch(a){s(a.message)}};return f`<${Dt} title="Delete configuration" onClose=${e}>
    <p>Delete “${t}”?</p>
    ${o&&f`<p class="warning" role="alert">${o}</p>`}
    <p class="buttons"><button onClick=${r} class="primary">Delete</button></p><//>`}function is({onClose:t}){let[e,n]=S(Object.fromEntries(P.options.map(a=>[a.url,X().get(a.url)??Nt(a.url)]))),o=P.options.filter(a=>a.url!=="si"),s=a=>{a.preventDefault();let i={z:null,x:null};for(let c of o)i[c.url]=e[c.url]===Nt(c.url)?null:e[c.url];H(i),t()},r=a=>{let i=c=>n({...e,[a.url]:c});return a.kind==="bool"?f`<input type="checkbox" id=${"o-"+a.url}
        checked=${/^(t|true|1|y|yes)$/i.test(e[a.url])}
          onChange=${c=>i(c.target.checked?"t":"f")} />`:a.choices?f`<select id=${"o-"+a.url} value=${e[a.url]}
        onChange=${c=>i(c.target.value)}>
      <option value=${a.value}
        selected=${e[a.url]===a.value}>${a.value||"(default)"}</option>${a.choices.split(" ").filter(c=>c!==a.value).map(c=>f`<option value=${c} selected=${e[a.url]===c}>${c}</option>`)}</select>`:f`<input id=${"o-"+a.url} value=${e[a.url]}
      onInput=${c=>i(c.target.value)} />`};return f`<${Dt} title="Options" onClose=${t} wide=${!0}><form onSubmit=${s}
    class="options">
    ${o.map(a=>f`<div class="option"><label
      for=${"o-"+a.url}>${a.name.replace(/_/g," ")}</label>${r(a)}<small>${a.help}</small>
      </div>`)}
    <p class="buttons"><button type="submit" class="primary">Apply</button></p></form><//>`}var cs=[["Everywhere",[["?","this list"],["/","search"],["1 … 9","the views, in the order of the menu"],["t","picture or table"],["Escape","close, or leave the search"]]],["Flame graph",[["arrows","from box to box"],["Enter","what a click does"],["p, z","pivot, zoom"],["+, −, 0","zoom in, out, all"],["a, e","move left, right"],["m","actions on the box"],["space","select, for the menus"],["Escape","show all"]]],["Graph",[["Tab","from function to function"],["Enter","select"],["+, −, 0","zoom in, out, fit"],["arrows","move"],["m","actions on the function"]]],["Tables",[["↑ ↓ Page Home End","from row to row"],["space","select"],["Enter","show the source"],["Shift F10","actions on the row"]]]];function us({onClose:t}){return f`<${Dt} title="Keys" onClose=${t} wide=${!0}><div class="keys">${cs.map(([e,n])=>f`<section><h3>${e}</h3>
    <dl>${n.map(([o,s])=>f`<dt><kbd>${o}</kbd></dt><dd>${s}</dd>`)}</dl></section>`)}</div>
    <p class="hint">Flame graph: a click pivots, Shift and a click zooms (or the other way round, by
      the toolbar); Ctrl and the wheel zoom, dragging moves, the right button lists actions.</p>
    <//>`}var fs="Marks what matches. Enter: in the flame graph all stacks through it, elsewhere only stacks through it.";function ps({url:t,view:e}){let n=z(),[o,s]=S(t.get("q")||""),r=z();R(()=>s(t.get("q")||""),[t.get("q")]);let a=l=>{let d=l.target.value;s(d),clearTimeout(r.current),r.current=setTimeout(()=>H({q:d},!0),300)},i=l=>{if(l.key==="Escape"&&n.current.blur(),l.key!=="Enter"||!Y(o))return;clearTimeout(r.current);let d=e==="flamegraph"?{p:o,z:null,x:null}:["goroutines","labels","live"].includes(e)?{q:o}:{f:o};H(d.q?d:{...d,q:null})},c=o&&!Y(o);return f`<input type="search" id="search" ref=${n} value=${o}
    placeholder="Search regexp" aria-label="Search regexp" aria-invalid=${!!c}
    title=${c?"This is no regular expression (yet).":fs}
    onInput=${a} onKeyDown=${i} spellcheck="false" autocomplete="off" />`}function hs({since:t}){let[,e]=S(0);R(()=>{if(!t)return;let o=setInterval(()=>e(s=>s+1),250);return()=>clearInterval(o)},[t]);let n=t?(Date.now()-t)/1e3:0;return f`<div class=${"progress"+(t?" busy":"")}
    role="status">${n>.7?`Working, ${n.toFixed(1)} s`:""}</div>`}function ds({url:t,view:e}){let n=P.options.filter(o=>t.get(o.url)&&!["si","g"].includes(o.url)).map(o=>[o.url,o.name,t.get(o.url)]);return t.get("p")&&n.push(["p","pivot",t.get("p")]),t.get("mb")&&n.push(["mb","compared with moment",t.get("mb")]),t.get("m")&&n.push(["m","moment",t.get("m")]),n.length?f`<div class="chips" aria-label="Filters and options in force">${n.map(([o,s,r])=>f`<span class="chip"><b>${s.replace(/_/g," ")}</b> <span>${r}</span>
    <button class="quiet" aria-label=${`Without ${s}`}
      onClick=${()=>H({[o]:null,z:null,x:null})}>✕</button></span>`)}</div>`:null}function ms(){let t=G(),e=ao[at()]?at():P.view,[n,o]=S({messages:[]}),[s,r]=S(null),[a,i]=S(!1),[c,l]=S(P.configs),d=$n(w=>o(E=>({...E,...w})),[]),u=t.get("q"),p=Y(u)?u:n.selected?.length?ot(n.selected):"",$=()=>r(null),y=async()=>l(await(await fetch("data/configs")).json()),h=P.views.find(w=>w.path===e)?.title;R(()=>{document.title=`${P.file||P.source} ${h} - pprof`,d({selected:[]})},[e]),R(()=>{let w=E=>{if(E.ctrlKey||E.metaKey||E.altKey||E.target.closest?.("input,select,textarea,dialog,[role=menu]"))return;let _=Number(E.key);if(E.key==="?")r("keys");else if(E.key==="/")document.getElementById("search").focus();else if(E.key==="t")H({as:X().get("as")==="table"?null:"table"});else if(_>=1&&_<=qe.length&&!E.defaultPrevented)lt(K(qe[_-1].path));else return;E.preventDefault()};return addEventListener("keydown",w),()=>removeEventListener("keydown",w)},[]);let m=ao[e],v=n.error||"";return f`<${Yt.Provider} value=${d}>
    <header class="top">
      <a class="brand" href="./">pprof</a>
      <nav aria-label="Menus"><${es} view=${e} re=${p} />
        ${P.types.length>1&&f`<${ns} url=${t} view=${e} />`}
        <${os} view=${e} re=${p} url=${t} />
        <${ss} view=${e} url=${t} configs=${c} onSave=${()=>r("save")}
          onDelete=${w=>r({name:w})} onOptions=${()=>r("options")} />
        <${rs} url=${t} /></nav>
      <${ps} url=${t} view=${e} />
      <h1 class="view-name">${h}</h1>
      <button class="about" aria-expanded=${a} onClick=${()=>i(!a)}
        title="Details of the profile">${P.file||P.source.split("/").pop()}${" "}
        <span>${n.about?.type||t.get("si")||P.type}</span></button>
      ${P.doc&&f`<a class="doc" href=${P.doc} target="_blank"
        rel="noopener noreferrer">Help ⤇</a>`}
      <button class="quiet" aria-label="Keys" title="Keys (?)"
        onClick=${()=>r("keys")}>?</button>
    </header>
    <${hs} since=${n.since} />
    <${ds} url=${t} view=${e} />
    ${a&&f`<div class="details" id="details">
      ${(n.about?.lines||[]).filter(Boolean).map(w=>f`<div>${w}</div>`)}
      ${P.comments.map(w=>f`<div class="faint">${w}</div>`)}</div>`}
    ${v&&f`<div id="errors" class="error" role="alert">
    <b>This view cannot be made.</b> ${v}</div>`}
    ${!v&&n.messages.length>0&&f`<div id="errors" class="messages"
      role="status">${[...new Set(n.messages)].map(w=>f`<div>${w}</div>`)}</div>`}
    <${m} key=${e} />
    ${s==="keys"&&f`<${us} onClose=${$} />`}
    ${s==="save"&&f`<${as} configs=${c} onClose=${$} onDone=${y}
      />`}
    ${s==="options"&&f`<${is} onClose=${$} />`}
    ${s?.name&&f`<${ls} name=${s.name} onClose=${$} onDone=${y}
      />`}
  <//>`}sn(f`<${ms} />`,document.getElementById("app"));export{et as follow};
